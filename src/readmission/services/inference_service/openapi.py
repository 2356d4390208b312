"""The part of the OpenAPI document that FastAPI cannot see: ``POST /predict`` reads its body by itself."""

from typing import Any

from readmission.contract.examples import EXAMPLES
from readmission.contract.prediction import Encounter, Problem
from readmission.web.problem_details import MEDIA_TYPE

PREDICTION_EXAMPLE: dict[str, Any] = {
    "prediction_id": "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f",
    "risk_30d": 0.2313287,
    "risk_any": 0.7026394,
    "decision": "flag",
    "threshold": 0.14,
    "model_name": "readmission",
    "model_version": "3",
    "created_at": "2026-01-15T09:30:00.123456Z",
    "warnings": [],
}
_INVALID_EXAMPLE = {
    "type": "urn:readmission:invalid-input",
    "title": "The input breaks the contract",
    "status": 422,
    "detail": "1 field(s) break the contract",
    "errors": [
        {"field": "time_in_hospital", "problem": "is out of range", "allowed": "a whole number from 1 to 14 (days)"}
    ],
}


def problem(description: str, example: dict[str, Any] | None = None) -> dict[str, Any]:
    """An error answer of an endpoint: problem details."""
    media: dict[str, Any] = {"schema": Problem.model_json_schema(ref_template="#/components/schemas/{model}")}
    media["schema"].pop("$defs", None)
    if example is not None:
        media["example"] = example
    return {"description": description, "model": Problem, "content": {MEDIA_TYPE: media}}


PREDICT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The prediction; it is stored.",
        "content": {"application/json": {"example": PREDICTION_EXAMPLE}},
    },
    400: problem("The body is not JSON."),
    408: problem("The body took too long to arrive."),
    413: problem("The body is larger than any encounter."),
    415: problem("The body is not declared as application/json."),
    422: problem("Fields break the contract, or the patient is not eligible.", _INVALID_EXAMPLE),
    503: problem("No model is live, nothing durable can take the record, or too many requests wait. Try again."),
}

PREDICT_DOCUMENT: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "A request sent again with the same key gets the stored answer, not a second prediction. "
            "Refused (503) while PostgreSQL is away.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
        }
    ],
    "requestBody": {
        "required": True,
        "description": "One hospital stay as known at discharge.",
        "content": {
            "application/json": {
                "schema": Encounter.model_json_schema(),
                "examples": {
                    name: {"summary": name.replace("-", " ").capitalize(), "value": example}
                    for name, example in EXAMPLES.items()
                },
            }
        },
    },
}
