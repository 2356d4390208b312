"""The Patient tab: form, examples, answer, feedback."""

import asyncio
from collections.abc import Mapping
from typing import Any

import gradio as gr

from readmission.contract.encounter import BY_NAME
from readmission.contract.examples import EXAMPLES
from readmission.errors import FieldProblem, NotEligibleError, ReadmissionError
from readmission.services.ui import form_fields, result_view
from readmission.services.ui.form_fields import FIELDS
from readmission.services.ui.inference_client import InferenceClient
from readmission.services.ui.reasons_view import show_no_reasons, show_reasons
from readmission.services.ui.words import Words

EXAMPLE_TITLES = {
    "home-after-short-stay": "Short planned stay, going home",
    "rehabilitation-after-stroke": "Stroke, to rehabilitation",
    "young-ketoacidosis": "Young, ketoacidosis",
    "home-health-after-heart-failure": "Heart failure, home health",
    "frequent-visitor": "Sixth stay within a year",
}
# On a phone the answer stands below the form: bring it into view.
SHOW_ANSWER = "() => { if (innerWidth < 900) document.getElementById('answer').scrollIntoView({behavior: 'smooth'}) }"
OPEN_GROUPS = 6
"""Groups of the form that are open at first; the last one is for the less common drugs."""


class PatientTab:
    """Builds the tab and answers its events."""

    def __init__(self, client: InferenceClient, words: Words) -> None:
        self._client = client
        self._words = words
        self._names = {name: words(BY_NAME[name].title) for name in FIELDS}

    def build(self) -> None:
        """Lay the tab out; must be called inside a ``gr.Blocks``."""
        words = self._words
        with gr.Row(elem_classes=["patient"]):
            with gr.Column(scale=3, elem_classes=["form"]):
                examples = self._build_examples()
                fields = self._build_form()
                with gr.Row(elem_classes=["actions"]):
                    assess = gr.Button(words("Assess risk"), variant="primary", elem_id="assess")
                    reset = gr.Button(words("Start again"), elem_id="reset")
            with gr.Column(scale=2, elem_classes=["answer"], elem_id="answer"):
                result = gr.HTML(result_view.show_waiting(words), elem_id="result")
                reasons = gr.HTML("", elem_id="reasons")
                model = gr.HTML("", elem_id="model")
                feedback = self._build_feedback()
        prediction_id = gr.State("")
        group, override_row, reason, note = (
            feedback["group"],
            feedback["override"],
            feedback["reason"],
            feedback["note"],
        )
        answer = [result, reasons, model, prediction_id, group, override_row, note, *fields]
        assess.click(self.assess, fields, answer, show_progress="minimal", api_visibility="private").then(
            None, js=SHOW_ANSWER, api_visibility="private"
        )
        reset.click(lambda: self._fill(form_fields.DEFAULTS), None, answer, api_visibility="private")
        for key, button in examples.items():
            button.click(lambda key=key: self._fill(EXAMPLES[key]), None, answer, api_visibility="private").then(
                self.assess, fields, answer, show_progress="minimal", api_visibility="private"
            ).then(None, js=SHOW_ANSWER, api_visibility="private")
        feedback["agree"].click(self.agree, prediction_id, [override_row, note], api_visibility="private")
        feedback["disagree"].click(lambda: gr.update(visible=True), None, override_row, api_visibility="private")
        feedback["send"].click(
            self.override, [prediction_id, reason], [override_row, reason, note], api_visibility="private"
        )

    async def assess(self, *values: Any) -> list[Any]:
        """Score the form; on a refusal, put each problem beside its field."""
        words, encounter = self._words, form_fields.read_form(values)
        try:
            prediction = await self._client.predict(encounter)
            reasons, models = await asyncio.gather(
                self._explain(prediction["prediction_id"], encounter), self._client.models()
            )
        except ReadmissionError as error:
            return self._refused(error)
        live = models["live"] if (models["live"] or {}).get("version") == prediction["model_version"] else None
        return [
            result_view.show_result(prediction, live, words),
            reasons,
            result_view.show_model(prediction, live, words),
            prediction["prediction_id"],
            gr.update(visible=True),
            gr.update(visible=False),
            "",
            *form_fields.field_updates({}, words),
        ]

    async def _explain(self, prediction_id: str, encounter: Mapping[str, Any]) -> str:
        """The reasons; an answer without them is still an answer, so their absence is only a hint."""
        try:
            return show_reasons(await self._client.explain(prediction_id), encounter, self._words)
        except ReadmissionError as error:
            return show_no_reasons(error, self._words)

    async def agree(self, prediction_id: str) -> tuple[Any, str]:
        """Store agreement beside the prediction."""
        return gr.update(visible=False), await self._store(prediction_id, "agree", None)

    async def override(self, prediction_id: str, reason: str) -> tuple[Any, Any, str]:
        """Store an override with its reason; without one, ask for it beside the field."""
        if not reason.strip():
            asked = gr.update(info=f"⚠ {self._words('Please say why.')}", elem_classes=["field", "field-error"])
            return gr.update(visible=True), asked, ""
        note = await self._store(prediction_id, "override", reason)
        return gr.update(visible=False), gr.update(value="", info=None, elem_classes=["field"]), note

    async def _store(self, prediction_id: str, verdict: str, reason: str | None) -> str:
        words = self._words
        try:
            await self._client.give_feedback(prediction_id, verdict, reason)
        except ReadmissionError as error:
            return f'<p class="note bad" role="alert">{words(error.title)}: {words.known(error.message)}</p>'
        said = words("Stored: you agree.") if verdict == "agree" else words("Stored: overridden, with your reason.")
        return f'<p class="note good" role="status">✓ {said}</p>'

    def _fill(self, encounter: Mapping[str, Any]) -> list[Any]:
        words = self._words
        hints = form_fields.field_updates({}, words)
        values = [form_fields.show_value(name, encounter.get(name)) for name in FIELDS]
        filled = [{**hint, "value": value} for hint, value in zip(hints, values, strict=True)]
        hidden = gr.update(visible=False)
        return [result_view.show_waiting(words), "", "", "", hidden, hidden, "", *filled]

    def _refused(self, error: ReadmissionError) -> list[Any]:
        words = self._words
        problems = {p.field: self._say(p, error) for p in error.problems}
        hidden = gr.update(visible=False)
        shown = result_view.show_problem(error, words, self._names)
        return [shown, "", "", "", hidden, hidden, "", *form_fields.field_updates(problems, words)]

    def _say(self, problem: FieldProblem, error: ReadmissionError) -> str:
        if isinstance(error, NotEligibleError):
            return self._words("Patients who died or left for hospice are not scored")
        return form_fields.explain_problem(problem, self._words)

    def _build_examples(self) -> dict[str, gr.Button]:
        words = self._words
        gr.HTML(f'<h2 class="section">{words("Try an example")}</h2>')
        with gr.Row(elem_classes=["examples"]):
            return {
                key: gr.Button(words(title), size="sm", elem_id=f"example-{key}")
                for key, title in EXAMPLE_TITLES.items()
            }

    def _build_form(self) -> list[gr.components.Component]:
        fields: dict[str, gr.components.Component] = {}
        for number, (title, names) in enumerate(form_fields.GROUPS):
            with (
                gr.Accordion(self._words(title), open=number < OPEN_GROUPS, elem_classes=["group"]),
                gr.Row(elem_classes=["fields", f"fields-{len(names)}"]),
            ):
                for name in names:
                    fields[name] = form_fields.make_field(name, self._words)
        return [fields[name] for name in FIELDS]

    def _build_feedback(self) -> dict[str, Any]:
        words = self._words
        with gr.Column(visible=False, elem_id="feedback", elem_classes=["card"]) as group:
            gr.HTML(f"<h3>{words('Do you agree with this decision?')}</h3>")
            with gr.Row():
                agree = gr.Button(words("I agree"), elem_id="agree")
                disagree = gr.Button(words("I decide otherwise…"), elem_id="disagree")
            with gr.Column(visible=False) as override:
                reason = gr.Textbox(
                    label=words("Reason"), lines=2, max_length=1000, elem_id="reason", elem_classes=["field"]
                )
                send = gr.Button(words("Store my decision"), variant="primary", elem_id="send-override")
            note = gr.HTML("", elem_id="feedback-note")
        return {
            "group": group, "agree": agree, "disagree": disagree, "override": override, "reason": reason,
            "send": send, "note": note,
        }  # fmt: skip
