"""``/predictions/{prediction_id}/feedback``: a clinician agrees with an answer, or overrides it and says why."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from readmission.contract.prediction import Decision
from readmission.contract.written_reason import is_readable
from readmission.errors import FieldProblem, InvalidInputError
from readmission.observability import metrics
from readmission.observability.logging import request_id
from readmission.services.inference_service.openapi import problem
from readmission.storage.serving.feedback import FeedbackStore
from readmission.storage.serving.keyed_requests import KeyedRequest
from readmission.web.caller import Caller
from readmission.web.idempotency_key import IdempotencyKey, hash_content

Verdict = Literal["agree", "override"]
Reason = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
_WAYS: dict[str, Any] = {
    "oneOf": [
        {
            "title": "Agree",
            "properties": {"verdict": {"const": "agree"}, "decided": {"type": "null"}},
        },
        {
            "title": "Override",
            "properties": {"verdict": {"const": "override"}, "reason": {"type": "string", "pattern": r"\S"}},
            "required": ["reason"],
        },
    ]
}


class Feedback(BaseModel):
    """What a clinician says of an answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_WAYS)

    verdict: Verdict = Field(description="agree with the decision, or override it.")
    reason: Reason | None = Field(default=None, description="Why; required with override.")
    decided: Decision | None = Field(default=None, description="What is decided instead of the prediction's decision.")


class StoredFeedback(BaseModel):
    """Feedback as stored: added beside the prediction, never changed."""

    feedback_id: int
    prediction_id: UUID
    created_at: datetime
    verdict: Verdict
    reason: str | None
    asked_by: str | None = Field(description="Name of the key it came with; null if it was not recorded yet.")
    decided: Decision | None = Field(description="What was decided instead, if it was said.")


def feedback_routes(store: FeedbackStore) -> APIRouter:
    """``POST`` and ``GET /predictions/{prediction_id}/feedback``."""
    router = APIRouter(tags=["predictions"])
    path = "/predictions/{prediction_id}/feedback"

    @router.post(
        path,
        status_code=201,
        summary="Agree with a stored prediction, or override it with a reason",
        responses={
            404: problem("No such prediction."),
            422: problem("The feedback breaks the contract, or its Idempotency-Key was sent with other feedback."),
            503: problem("PostgreSQL is away."),
        },
    )
    async def add_feedback(
        prediction_id: UUID, feedback: Feedback, caller: Caller, idempotency_key: IdempotencyKey = None
    ) -> StoredFeedback:
        """Adds a row; what was said before stays."""
        reason = (feedback.reason or "").strip() or None
        if reason is not None and not is_readable(reason):
            unseen = FieldProblem("reason", "has no letter or digit that can be seen", "a reason in words, or none")
            raise InvalidInputError("The reason cannot be read", (unseen,))
        if feedback.verdict == "override" and reason is None:
            missing = FieldProblem("reason", "missing", "say why the decision is overridden")
            raise InvalidInputError("An override needs a reason", (missing,))
        if feedback.verdict == "agree" and feedback.decided is not None:
            extra = FieldProblem("decided", "only goes with override", "absent with agree")
            raise InvalidInputError("Who agrees decides nothing else", (extra,))
        said = (feedback.verdict, reason, feedback.decided)
        keyed = None
        if idempotency_key is not None:
            # Without what was decided, the content of a key that an earlier release stored is the same.
            content = hash_content([str(prediction_id), *(said if feedback.decided else said[:2])])
            keyed = KeyedRequest(caller.name, "feedback", idempotency_key, content)
        stored = await store.add(prediction_id, said, caller.name, keyed)
        metrics.prediction_feedback_total.labels(feedback.verdict).inc()
        return StoredFeedback.model_validate(stored)

    @router.get(
        path,
        summary="What was said of a stored prediction, oldest first",
        responses={503: problem("PostgreSQL is away.")},
    )
    async def list_feedback(prediction_id: UUID, caller: Caller) -> list[StoredFeedback]:
        """That you read it is recorded."""
        found = await store.read(prediction_id, caller.name, request_id.get())
        return [StoredFeedback.model_validate(row) for row in found]

    return router
