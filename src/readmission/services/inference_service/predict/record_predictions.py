"""Score a batch, store it, and only then give the answers: no answer without a record."""

import json
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from readmission.contract.encounter_input import EncounterInput
from readmission.errors import ReadmissionError, UnavailableError
from readmission.observability import metrics
from readmission.services.inference_service.models.loaded_model import LoadedModel
from readmission.services.inference_service.models.shadow import Shadow
from readmission.services.inference_service.predict.keep_predictions import PredictionKeeper
from readmission.services.inference_service.predict.score_encounters import score_encounters
from readmission.storage.serving.predictions import PredictionBatch

_logger = logging.getLogger(__name__)


class PredictionRequest(NamedTuple):
    """A checked encounter, the request it came by, and the name of the caller's key."""

    input: EncounterInput
    request_id: str | None
    asked_by: str


class PredictionRecorder:
    """Answers batches of requests.

    Args:
        require_live: returns the version that answers, once a batch, so that a batch is never split over a swap.
        keeper: makes predictions durable.
        shadow: is offered what was answered, if a challenger may score it too.
    """

    def __init__(
        self, require_live: Callable[[], LoadedModel], keeper: PredictionKeeper, shadow: Shadow | None = None
    ) -> None:
        self._require_live = require_live
        self._keeper = keeper
        self._shadow = shadow

    async def answer_batch(self, requests: Sequence[PredictionRequest]) -> Sequence[bytes | Exception]:
        """The answers' JSON bodies in order, each stored; an exception where a request has none.

        One bad request never sinks its batch: if a batch fails for another reason than a part being
        away, each request is tried alone.
        """
        metrics.predict_batch_rows.observe(len(requests))
        try:
            return await self._answer(requests)
        except UnavailableError as error:
            metrics.predictions_not_stored_total.inc(len(requests))
            return [error] * len(requests)
        except Exception as error:
            if len(requests) == 1:
                return [_as_known(error)]
            _logger.warning("a batch failed (%s); each request is tried alone", type(error).__name__)
        return [(await self.answer_batch([request]))[0] for request in requests]

    def score(self, requests: Sequence[PredictionRequest]) -> PredictionBatch:
        """Predictions of the live model, not stored yet.

        Raises:
            UnavailableError: no model is live.
        """
        inputs = [request.input for request in requests]
        return score_encounters(
            self._require_live(),
            inputs,
            [request.request_id for request in requests],
            [request.asked_by for request in requests],
        )

    async def _answer(self, requests: Sequence[PredictionRequest]) -> Sequence[bytes | Exception]:
        batch = self.score(requests)
        await self._keeper.insert(batch)
        if self._shadow is not None:
            self._shadow.offer(
                batch.model_version, batch.prediction_ids, [request.input.encounter for request in requests]
            )
        return write_answers(batch)


def write_answers(batch: PredictionBatch) -> list[bytes]:
    """The JSON of each row, from the very values that were stored."""
    shared = {
        "threshold": batch.threshold,
        "model_name": batch.model_name,
        "model_version": batch.model_version,
        "created_at": batch.created_at,
    }
    tail = json.dumps(shared)[1:-1]
    rows = zip(batch.prediction_ids, batch.risks_30d, batch.risks_any, batch.decisions, batch.warnings, strict=True)
    return [
        (
            f'{{"prediction_id": "{identifier}", "risk_30d": {soon!r}, "risk_any": {ever!r}, '
            f'"decision": "{decision}", {tail}, "warnings": {"[]" if warnings is None else warnings.decode()}}}'
        ).encode()
        for identifier, soon, ever, decision, warnings in rows
    ]


def _as_known(error: Exception) -> Exception:
    if isinstance(error, ReadmissionError):
        return error
    _logger.error("a request could not be answered", exc_info=error)
    return ReadmissionError("The service could not answer this request; its log says why")
