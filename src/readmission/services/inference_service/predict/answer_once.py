"""``Idempotency-Key``: a request sent again gets the answer that is stored, not a second prediction.

After draft-ietf-httpapi-idempotency-key-header: a key sent with another body is refused with 422.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from readmission.contract.encounter_input import EncounterInput
from readmission.errors import FieldProblem, InvalidInputError, UnavailableError
from readmission.observability import metrics
from readmission.services.inference_service.predict.answer_batches import (
    PredictionRecorder,
    PredictionRequest,
    write_answers,
)
from readmission.storage.serving.keyed_predictions import KeyedPredictions
from readmission.storage.serving.predictions import PredictionBatch, write_created_at

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_HEADER = "Idempotency-Key"


class OnceAnswerer:
    """Answers requests that carry a key, each caller's apart. Never by the journal: only PostgreSQL knows every key."""

    def __init__(self, recorder: PredictionRecorder, store: KeyedPredictions) -> None:
        self._recorder = recorder
        self._store = store

    async def answer(self, request: PredictionRequest, key: bytes) -> bytes:
        """The answer stored under the key; made and stored first if there is none.

        Raises:
            InvalidInputError: the key is not 1 to 255 visible ASCII characters, or belongs to another encounter.
            UnavailableError: PostgreSQL is away, or no model is live.
        """
        if not _KEY.fullmatch(key):
            raise _refuse("is not a key", "1 to 255 visible ASCII characters")
        text = key.decode()
        try:
            stored = await self._store.find(request.asked_by, text)
            if stored is None:
                stored = await self._store.store(self._recorder.score([request]), text)
        except UnavailableError:
            metrics.predictions_not_stored_total.inc()
            raise
        if stored is None:
            raise UnavailableError("PostgreSQL did not keep the prediction")
        if not _is_same(stored, request.input):
            raise _refuse("was sent before with another encounter", "a new key for a new encounter")
        return write_answers(_as_batch(stored))[0]


def _is_same(stored: Mapping[str, Any], sent: EncounterInput) -> bool:
    given = (sent.encounter, sent.encounter_id, sent.patient_nbr)
    return (stored["encounter"], stored["encounter_id"], stored["patient_nbr"]) == given


def _as_batch(stored: Mapping[str, Any]) -> PredictionBatch:
    return PredictionBatch(
        model_name=stored["model_name"],
        model_version=stored["model_version"],
        threshold=stored["threshold"],
        created_at=write_created_at(stored["created_at"]),
        prediction_ids=[str(stored["prediction_id"])],
        risks_30d=[stored["risk_30d"]],
        risks_any=[stored["risk_any"]],
        decisions=[stored["decision"]],
        warnings=[json.dumps(stored["warnings"]).encode() if stored["warnings"] else None],
    )


def _refuse(problem: str, allowed: str) -> InvalidInputError:
    return InvalidInputError(f"{_HEADER} {problem}", (FieldProblem(_HEADER, problem, allowed),))
