"""What the patient form asks the page's own server for: the list of diagnoses, an answer, an example, feedback."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from readmission.client import AsyncInferenceClient, Explanation
from readmission.contract.encounter import BY_NAME, DIAGNOSIS_SYSTEMS, ICD9CM, DiagnosisSystem
from readmission.contract.examples import EXAMPLES
from readmission.errors import NotEligibleError, NotFoundError, ReadmissionError
from readmission.services.ui.patient import form as patient_form
from readmission.services.ui.patient import result_view
from readmission.services.ui.patient.contradictions import find_contradictions
from readmission.services.ui.patient.diagnoses import list_for_browser
from readmission.services.ui.patient.next_steps import NextSteps, choose_steps, show_steps
from readmission.services.ui.patient.reasons_view import show_no_reasons, show_reasons
from readmission.services.ui.value_words import explain_problem
from readmission.services.ui.words import Words

_ShortText = Annotated[str, StringConstraints(max_length=64)]
_DAY = "private, max-age=3600"


class Asked(BaseModel):
    """The form: what each field shows, and which of them nobody has touched."""

    model_config = ConfigDict(extra="forbid")

    values: dict[_ShortText, _ShortText] = Field(max_length=len(BY_NAME))
    assumed: list[_ShortText] = Field(default=[], max_length=len(BY_NAME))


class Said(BaseModel):
    """What a clinician says of an answer."""

    model_config = ConfigDict(extra="forbid")

    prediction_id: Annotated[str, StringConstraints(pattern="^[0-9a-f-]{36}$")]
    verdict: Literal["agree", "override"]
    decided: Literal["flag", "no_flag"] | None = None
    reason: Annotated[str, StringConstraints(max_length=1000)] = ""


class PatientAnswerer:
    """Answers the form in one language."""

    def __init__(self, client: AsyncInferenceClient, words: Words, steps: NextSteps) -> None:
        self._client = client
        self._words = words
        self._steps = steps

    async def assess(self, asked: Asked) -> dict[str, Any]:
        """The answer as HTML, or what is wrong with each field. Nothing is scored while anything is wrong."""
        words = self._words
        encounter, problems = patient_form.read_form(asked.values, words)
        problems = problems or find_contradictions(encounter, words)
        if problems:
            return self._problems(problems, words("Check the marked fields"), words("Nothing was assessed."))
        try:
            prediction = (await self._client.predict(encounter)).model_dump(mode="json")
            explanation, models = await asyncio.gather(
                self._explain(prediction["prediction_id"]), self._client.list_models()
            )
        except ReadmissionError as error:
            return self._refused(error)
        live = models["live"] if (models["live"] or {}).get("version") == prediction["model_version"] else None
        assumed = patient_form.known_of(asked.assumed)
        return {
            "html": self._show(prediction, live, explanation, encounter, assumed),
            "prediction_id": prediction["prediction_id"],
            "problems": {},
        }

    async def say(self, said: Said) -> dict[str, Any]:
        """Store agreement, or an override with what was decided and why."""
        words = self._words
        reason = said.reason.strip()
        if said.verdict == "override" and not (reason and said.decided):
            return {"stored": False, "text": words("Please choose what you decide and say why.")}
        try:
            await self._client.give_feedback(said.prediction_id, said.verdict, reason or None, decided=said.decided)
        except ReadmissionError as error:
            return {"stored": False, "text": f"{words(error.title)}: {words.explain(error)}"}
        if said.verdict == "agree":
            return {"stored": True, "text": words("Stored: you agree.")}
        what = words("follow-up") if said.decided == "flag" else words("no follow-up")
        return {"stored": True, "text": words("Stored: you decided {what}, with your reason.", what=what)}

    async def reasons(self, prediction_id: str) -> str:
        """The reasons of a stored prediction, for a row of the ward list."""
        try:
            stored, explanation = await asyncio.gather(
                self._client.read_prediction(prediction_id), self._client.explain(prediction_id)
            )
        except ReadmissionError as error:
            return show_no_reasons(error, self._words)
        return show_reasons(explanation, stored["encounter"], self._words)

    async def _explain(self, prediction_id: str) -> Explanation | ReadmissionError:
        """The reasons; an answer without them is still an answer."""
        try:
            return await self._client.explain(prediction_id)
        except ReadmissionError as error:
            return error

    def _show(
        self,
        prediction: Mapping[str, Any],
        live: Mapping[str, Any] | None,
        explanation: Explanation | ReadmissionError,
        encounter: Mapping[str, Any],
        assumed: list[str],
    ) -> str:
        words = self._words
        explained = None if isinstance(explanation, ReadmissionError) else explanation
        why = (
            show_no_reasons(explanation, words)
            if isinstance(explanation, ReadmissionError)
            else show_reasons(explanation, encounter, words)
        )
        band = result_view.band_of(prediction, live)
        steps = choose_steps(self._steps, band.key, explained, encounter)
        return (
            result_view.show_result(prediction, live, words, encounter, assumed)
            + show_steps(steps, words)
            + f'<div id="reasons">{why}</div>'
            + f'<div id="feedback" class="card">{result_view.show_feedback(words)}</div>'
            + f'<div id="model">{result_view.show_model(prediction, live, words)}</div>'
        )

    def _refused(self, error: ReadmissionError) -> dict[str, Any]:
        words = self._words
        said = {
            problem.field: words("Patients who died or left for hospice are not scored")
            if isinstance(error, NotEligibleError)
            else explain_problem(problem, words)
            for problem in error.problems
        }
        return self._problems(said, words(error.title), words.explain(error))

    def _problems(self, problems: Mapping[str, str], title: str, text: str) -> dict[str, Any]:
        names = {name: self._words(field.title) for name, field in patient_form.FIELDS.items()}
        return {
            "html": result_view.show_problem(title, text, list(problems), self._words, names),
            "prediction_id": "",
            "problems": dict(problems),
        }


def patient_routes(client: AsyncInferenceClient, words: Words, steps: NextSteps) -> APIRouter:
    """The form's routes under the language's path; they must stand before the page is mounted there."""
    router = APIRouter(prefix=f"/{words.language}/patient", include_in_schema=False)
    answerer = PatientAnswerer(client, words, steps)
    diagnoses = {
        system: json.dumps(list_for_browser(words, system), ensure_ascii=False, separators=(",", ":")).encode()
        for system in DIAGNOSIS_SYSTEMS
    }

    @router.get("/diagnoses")
    async def list_diagnoses(system: DiagnosisSystem = ICD9CM) -> Response:
        return Response(diagnoses[system], media_type="application/json", headers={"cache-control": _DAY})

    @router.get("/examples/{name}")
    async def show_example(name: str) -> dict[str, str]:
        if name not in EXAMPLES:
            raise NotFoundError("There is no such example")
        return patient_form.fill_form(EXAMPLES[name])

    @router.post("/assess")
    async def assess(asked: Asked) -> dict[str, Any]:
        return await answerer.assess(asked)

    @router.post("/feedback")
    async def say(said: Said) -> dict[str, Any]:
        return await answerer.say(said)

    @router.get("/reasons/{prediction_id}")
    async def reasons(prediction_id: str, request: Request) -> Response:
        if len(prediction_id) != 36:
            raise NotFoundError("There is no such prediction")
        return Response(await answerer.reasons(prediction_id), media_type="text/html")

    return router
