"""A hook call to a card: data, encounter, stored prediction, reasons."""

import logging
from datetime import UTC, datetime
from typing import Any

import httpx

from readmission.client import AsyncInferenceClient, ReasonPart
from readmission.contract.fhir.elements import Element
from readmission.contract.fhir.encounter import read_encounter
from readmission.contract.fhir.risk_assessment import write_risk_assessment
from readmission.contract.prediction import Prediction
from readmission.errors import (
    FieldProblem,
    ForbiddenError,
    MissingDataError,
    NotEligibleError,
    NotFoundError,
    ReadmissionError,
    UnauthorizedError,
    UnavailableError,
)
from readmission.services.ehr_gateway.cards import REASONS, write_card
from readmission.services.ehr_gateway.fhir_server import FhirServer
from readmission.services.ehr_gateway.hook_request import CardFeedback, HookRequest
from readmission.services.ehr_gateway.services import COUNT, NEEDED, PREFETCH, fill_template
from readmission.settings import EhrClientSettings

_logger = logging.getLogger(__name__)


class HookAnswerer:
    """Answers hooks, FHIR bundles and feedback for one EHR, with its own key to the inference service.

    Since every EHR asks with a key of its own, what is stored carries its name, and another's prediction is not found.

    Args:
        settings: the EHR.
        inference: the inference service, with the EHR's key.
        http: for its FHIR servers; follows no redirects.
        page_url: where the card's link leads.
    """

    def __init__(
        self, settings: EhrClientSettings, inference: AsyncInferenceClient, http: httpx.AsyncClient, page_url: str
    ) -> None:
        self._settings = settings
        self._inference = inference
        self._http = http
        self._page_url = page_url

    async def answer(self, service: str, call: HookRequest) -> dict[str, Any]:
        """The cards: one, or none if the stay is not eligible.

        Raises:
            MissingDataError: data is missing, and the EHR's server does not give it.
            InvalidInputError: data cannot be read.
            UnavailableError: the inference service does not answer.
        """
        found = await self._complete(call)
        count = found.pop(COUNT, None)
        try:
            read = read_encounter(
                found.values(),
                datetime.now(UTC),
                encounter_id=call.encounter_id,
                patient_id=call.patient_id,
                laboratory_tests=read_total(count),
            )
            prediction = await self._predict(read.encounter, f"{service}/{call.instance}")
        except NotEligibleError:
            return {"cards": []}
        reasons = await self._explain(prediction)
        return {"cards": [write_card(prediction, read, reasons, self._page_url)]}

    async def score(self, bundle: Any, key: str | None) -> dict[str, Any]:
        """A bundle's latest inpatient stay as a RiskAssessment.

        Raises:
            ReadmissionError: as for :meth:`answer`; not eligible too.
        """
        read = read_encounter([bundle], datetime.now(UTC))
        prediction = await self._predict(read.encounter, key)
        reasons = [each for each in await self._explain(prediction) if each["contribution"] > 0]
        reasons.sort(key=lambda each: -each["contribution"])
        return write_risk_assessment(prediction, read, [each["title"] for each in reasons[:REASONS]])

    async def keep_feedback(self, cards: list[CardFeedback]) -> None:
        """Store what was said of cards beside their predictions; nothing of it if one is another EHR's.

        Raises:
            NotFoundError: a prediction is not there, or was not made for this EHR.
        """
        for card in cards:
            stored = await self._inference.read_prediction(str(card.prediction_id))
            if self._settings.api_key is not None and stored["asked_by"] != self._settings.name:
                raise NotFoundError("There is no such card of yours")
        for card in cards:
            # The same said again adds nothing: EHRs send feedback in batches, and again when in doubt.
            key = f"feedback/{card.prediction_id}/{card.verdict}"
            named = str(card.prediction_id)
            await self._inference.give_feedback(named, card.verdict, card.reason, idempotency_key=key)

    async def _predict(self, encounter: dict[str, Any], key: str | None) -> Prediction:
        try:
            return await self._inference.predict(encounter, idempotency_key=key)
        except (UnauthorizedError, ForbiddenError) as error:
            # The gateway's own key is wrong: nothing the EHR could mend by another token.
            _logger.error("the inference service refuses the key of %s: %s", self._settings.name, error.message)
            raise UnavailableError("The inference service does not accept the gateway's key for this EHR") from None

    async def _complete(self, call: HookRequest) -> dict[str, Any]:
        """The prefetch, and what it left out from the EHR's server."""
        absent = [name for name in PREFETCH if name not in call.prefetch]
        if absent and call.fhir_server is not None:
            server = FhirServer(self._http, call.fhir_server, self._settings.fhir_servers, call.fhir_token)
            queries = {name: fill_template(name, call.patient_id, call.encounter_id) for name in absent}
            found = {**call.prefetch, **await server.read_all(queries)}
        else:
            found = dict(call.prefetch)
        needed = [name for name in NEEDED if found.get(name) is None]
        if needed:
            problems = tuple(FieldProblem(f"prefetch.{name}", "is needed", PREFETCH[name]) for name in needed)
            raise MissingDataError("Data that a score needs was not sent", problems)
        return found

    async def _explain(self, prediction: Prediction) -> list[ReasonPart]:
        """The reasons, or none: a card without them is better than no card."""
        try:
            explanation = await self._inference.explain(str(prediction.prediction_id))
        except ReadmissionError as error:
            _logger.warning("a card goes out without its reasons: %s", error.slug)
            return []
        return explanation["risk_30d"]["reasons"]


def read_total(bundle: Any) -> int | None:
    """The total of a search, or None."""
    if not isinstance(bundle, dict):
        return None
    total = Element(bundle, "prefetch.laboratory").number("total")
    return None if total is None else max(int(total), 0)
