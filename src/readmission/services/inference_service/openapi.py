"""The part of the OpenAPI document that FastAPI cannot see: bodies that routes read by themselves, and the examples."""

from typing import Any

from fastapi import FastAPI

from readmission.contract.prediction import Encounter
from readmission.services.inference_service.example_calls import ANSWERS, CALLS
from readmission.web.example_calls import add_examples

ENCOUNTER = {"$ref": "#/components/schemas/Encounter"}


def problem(description: str) -> dict[str, Any]:
    """An error answer of an endpoint; that it is a problem document is said of all of them in one place."""
    return {"description": description}


PREDICT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The prediction; it is stored."},
    400: problem("The body is not JSON."),
    408: problem("The body took too long to arrive."),
    413: problem("The body is larger than any encounter."),
    415: problem("The body is not declared as application/json."),
    422: problem("Fields break the contract, or the patient is not eligible."),
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
        "content": {"application/json": {"schema": ENCOUNTER}},
    },
}


def describe_api(app: FastAPI) -> None:
    """Add the encounter's schema, which the bodies refer to, and the examples to an application's document."""
    write = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schemas = write().setdefault("components", {}).setdefault("schemas", {})
            schemas["Encounter"] = Encounter.model_json_schema()
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]
    add_examples(app, CALLS, ANSWERS)
