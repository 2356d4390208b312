"""Errors as RFC 9457 problem details, the same in every service."""

import errno
import sqlite3
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from readmission.contract.prediction import Problem
from readmission.errors import FieldProblem, InvalidInputError, ReadmissionError, StorageFullError

MEDIA_TYPE = "application/problem+json"
MOST_NAMED = 20
"""Problems that one document names; the rest are counted."""
_WRONG = "is not an allowed value"
_WORDS: dict[str, tuple[str, str | None]] = {
    "missing": ("is required", None),
    "extra_forbidden": ("is not a known field", None),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), ("is not an object", "a JSON object")),
    "list_type": (_WRONG, "a list"),
    **dict.fromkeys(("uuid_type", "uuid_parsing", "uuid_version"), (_WRONG, "a UUID")),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), (_WRONG, "a whole number")),
    "string_type": (_WRONG, "text"),
    **dict.fromkeys(("bool_type", "bool_parsing"), (_WRONG, "true or false")),
}
"""Pydantic's kind of error to the problem and what is allowed."""
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_LENGTHS = (("max_length", "is too long", "at most"), ("min_length", "is too short", "at least"))
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def problem_body(error: ReadmissionError, most_named: int = MOST_NAMED) -> dict[str, Any]:
    """The problem document of an error: type, title, status, detail, and one entry a field for the first problems.

    ``more_errors`` counts the problems that are not named; it is there only if there are any.
    """
    body: dict[str, Any] = {
        "type": f"urn:readmission:{error.slug}",
        "title": error.title,
        "status": error.http_status,
        "detail": error.message,
        "errors": [{"field": p.field, "problem": p.problem, "allowed": p.allowed} for p in error.problems[:most_named]],
    }
    if len(error.problems) > most_named:
        body["more_errors"] = len(error.problems) - most_named
    return body


def describe_failure(error: Exception) -> ReadmissionError:
    """What a caller is told of an exception nobody expected: nothing of its text, only whether a disk is full."""
    is_full = isinstance(error, OSError) and error.errno in _DISK_FULL
    if is_full or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return StorageFullError("A disk of the service is full; nothing of this request was kept")
    return ReadmissionError("The service failed to answer; its log says why, under this request's id")


def problem_response(error: ReadmissionError, headers: dict[str, str] | None = None) -> JSONResponse:
    """The HTTP answer for an error; 429, 503 and 507 say when to try again."""
    extra = dict(headers or {})
    if error.http_status in (429, 503, 507):
        extra.setdefault("Retry-After", "1")
    return JSONResponse(problem_body(error), status_code=error.http_status, headers=extra, media_type=MEDIA_TYPE)


def describe_field(found: Mapping[str, Any]) -> FieldProblem:
    """A problem that pydantic found, in our words: pydantic's own may repeat what was sent.

    Args:
        found: an entry of a validation error.
    """
    name, kind, context = _field_name(tuple(found["loc"])), str(found["type"]), found.get("ctx") or {}
    if kind in _WORDS:
        return FieldProblem(name, *_WORDS[kind])
    if "expected" in context:
        return FieldProblem(name, _WRONG, str(context["expected"]))
    for bound, words in _BOUNDS.items():
        if bound in context:
            return FieldProblem(name, "is out of range", f"{words} {context[bound]}")
    for bound, problem, words in _LENGTHS:
        if bound in context:
            unit = "character" if kind.startswith("string") else "entry"
            many = unit if context[bound] == 1 else "characters" if unit == "character" else "entries"
            return FieldProblem(name, problem, f"{words} {context[bound]} {many}")
    if kind == "value_error":  # of a rule of ours, which repeats nothing
        return FieldProblem(name, str(found["msg"]).removeprefix("Value error, "))
    return FieldProblem(name, _WRONG)


def _field_name(location: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in location if part not in ("body", "query", "path", "header")) or "body"


def _document_problems(app: FastAPI) -> None:
    """Say in the OpenAPI document what the handlers do: any operation may answer with a problem document."""
    write = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = write()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas.setdefault("Problem", Problem.model_json_schema(ref_template="#/components/schemas/{model}"))
            schemas.update(schemas["Problem"].pop("$defs", {}))
            for operations in document["paths"].values():
                for operation in operations.values():
                    answers = operation["responses"]
                    if answers.get("422", {}).get("description") == "Validation Error":  # FastAPI's own, never sent
                        answers["422"] = {"description": "The request breaks the contract."}
                    answers["default"] = {"description": "Any other error: problem details."}
                    for status, answer in answers.items():
                        if not status.startswith("2"):
                            schema = {"$ref": "#/components/schemas/Problem"}
                            answer["content"] = {MEDIA_TYPE: {"schema": schema}}
                        elif answer["description"] == "Successful Response":
                            answer["description"] = "Done."
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def install_problem_details(app: FastAPI) -> None:
    """Make every error of an application leave as problem details, and say so in its OpenAPI document."""
    _document_problems(app)

    @app.exception_handler(ReadmissionError)
    async def _known(_: Request, error: ReadmissionError) -> JSONResponse:
        return problem_response(error)

    @app.exception_handler(Exception)
    async def _unknown(_: Request, error: Exception) -> JSONResponse:
        return problem_response(describe_failure(error))

    @app.exception_handler(RequestValidationError)
    async def _validation(_: Request, error: RequestValidationError) -> JSONResponse:
        problems = tuple(map(describe_field, error.errors()))
        return problem_response(InvalidInputError(f"{len(problems)} problem(s) in the request", problems))

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        body = {
            "type": "about:blank",
            "title": str(error.detail),
            "status": error.status_code,
            "detail": str(error.detail),
            "errors": [],
        }
        return JSONResponse(body, status_code=error.status_code, headers=error.headers, media_type=MEDIA_TYPE)
