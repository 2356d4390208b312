"""``POST /predict/batch`` as FastAPI and the OpenAPI document see it."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from readmission.contract.prediction import Decision, PredictionWarning, ProblemField
from readmission.services.inference_service.openapi import ENCOUNTER, problem
from readmission.services.inference_service.predict_batch.endpoint import BatchPredictor
from readmission.services.inference_service.predict_batch.read_batch import ARROW, CSV, JSON, MEDIA_TYPES, NDJSON
from readmission.services.inference_service.predict_batch.write_batch import BatchWriter, Line, choose_writer
from readmission.web.caller import Caller
from readmission.web.idempotency_key import IdempotencyKey


class BatchLine(BaseModel):
    """One line of a batch's answer: a stored prediction, or what is wrong with the row."""

    model_config = ConfigDict(protected_namespaces=())

    row: int = Field(ge=1, description="Number of the row in the body, from 1; a CSV's header is not counted.")
    prediction_id: str | None = Field(default=None, description="Identifier of the stored answer.")
    risk_30d: float | None = Field(default=None, description="Probability of readmission within 30 days.")
    risk_any: float | None = Field(default=None, description="Probability of readmission at any later time.")
    decision: Decision | None = Field(default=None, description="flag where risk_30d >= threshold, else no_flag.")
    threshold: float | None = Field(default=None, description="Threshold on risk_30d.")
    model_name: str | None = Field(default=None, description="Registered model that answered.")
    model_version: str | None = Field(default=None, description="Version of the model that answered.")
    created_at: str | None = Field(default=None, description="When the answer was made (UTC, RFC 3339).")
    warnings: list[PredictionWarning] | None = Field(
        default=None, description="Every field whose value no training row had. CSV and Arrow: in words."
    )
    problem: str | None = Field(default=None, description="Kind of problem, if the row has no answer.")
    detail: str | None = Field(default=None, description="The problem in words.")
    errors: list[ProblemField] | None = Field(default=None, description="The fields that broke the contract.")
    more_errors: int | None = Field(default=None, description="Broken fields that errors does not name.")


_TABLE = {"type": "string", "format": "binary"}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A line for each row, in order; every prediction among them is stored.",
        "content": {
            NDJSON: {"schema": {"type": "string"}},
            JSON: {},  # of the model
            CSV: {"schema": {"type": "string"}},
            ARROW: {"schema": _TABLE},
        },
        "model": list[BatchLine],
    },
    400: problem("The body as a whole cannot be read; nothing of it was stored."),
    406: problem("Accept asks for none of the formats."),
    408: problem("The body stopped arriving."),
    413: problem("The body is too large, or has too many rows."),
    415: problem("The body's media type is not one that is read."),
    422: problem(
        "The body holds no encounter, its header breaks the contract, or its Idempotency-Key was sent with another"
        " body; nothing of it was stored."
    ),
    503: problem("No model is live, or nothing durable can take the records. Try again."),
}
_DOCUMENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"Hospital stays as known at discharge, as {', '.join(MEDIA_TYPES)}.",
        "content": {
            # A row that breaks the contract does not break the request: it gets a problem line.
            JSON: {"schema": {"type": "array", "minItems": 1, "items": {"anyOf": [ENCOUNTER, {}]}}},
            NDJSON: {"schema": {"type": "string"}},
            CSV: {"schema": {"type": "string"}},
            ARROW: {"schema": _TABLE},
        },
    }
}


def batch_routes(predictor: BatchPredictor) -> APIRouter:
    """``POST /predict/batch``."""
    router = APIRouter(tags=["predictions"])

    @router.post(
        "/predict/batch",
        summary="Score many encounters, store every answer",
        response_class=StreamingResponse,
        responses=_RESPONSES,
        openapi_extra=_DOCUMENT,
    )
    async def predict_batch(
        request: Request, caller: Caller, idempotency_key: IdempotencyKey = None
    ) -> StreamingResponse:
        """Scores rows of JSON, NDJSON, CSV or Arrow. A row that breaks the contract gets a problem line."""
        media_type, writer = choose_writer(request.headers.get("accept"))
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        answers = predictor.answer(request, given, caller.name, idempotency_key)
        # Until the first rows are stored, whatever goes wrong can still be an error status.
        first = await anext(answers)
        return StreamingResponse(_write(writer, first, answers), media_type=media_type)

    return router


async def _write(writer: BatchWriter, first: list[Line], rest: AsyncGenerator[list[Line]]) -> AsyncIterator[bytes]:
    try:
        yield writer.write(first)
        async for lines in rest:
            yield writer.write(lines)
        yield writer.end()
    finally:
        await rest.aclose()  # a caller who left must not leave a temporary file behind
