"""``POST /outcomes``: late labels, joined to the predictions they belong to."""

import json
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import SecretStr, ValidationError

from readmission.contract.outcome import MOST_OUTCOMES, Outcome, OutcomesStored, Readmitted
from readmission.errors import FieldProblem, InvalidInputError, MalformedBodyError
from readmission.services.inference_service.openapi import problem
from readmission.storage.serving.keyed_requests import KeyedRequest
from readmission.storage.serving.outcomes import record_outcomes
from readmission.web.caller import Caller
from readmission.web.idempotency_key import IdempotencyKey, hash_content

_MOST_KEYS = 16
"""Keys of one outcome that are looked at one by one; it has three."""
_EITHER = "either prediction_id or encounter_id"
_ALLOWED = {
    "outcome": "an object with prediction_id or encounter_id, and readmitted",
    "prediction_id": "the id of a prediction (UUID)",
    "encounter_id": "a whole number from 1",
    "readmitted": f"one of {', '.join(get_args(Readmitted))}",
}
_PROBLEMS = {"missing": "is required", "extra_forbidden": "is not a field of an outcome"}
_ONE = Outcome.model_json_schema()
_MANY = {"type": "array", "items": _ONE, "minItems": 1, "maxItems": MOST_OUTCOMES}
_DOCUMENT = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"anyOf": [_ONE, _MANY]}}}}}


def outcome_routes(url: SecretStr | None) -> APIRouter:
    """The route; ``url`` is the serving role's."""
    router = APIRouter(tags=["outcomes"])

    @router.post(
        "/outcomes",
        status_code=201,
        summary="Report what became of patients, one or many",
        responses={
            404: problem("An id belongs to no stored prediction; nothing was stored."),
            422: problem(
                "An outcome breaks the contract, or the Idempotency-Key was sent with others; nothing was stored."
            ),
            503: problem("PostgreSQL is away."),
        },
        openapi_extra=_DOCUMENT,
    )
    async def report_outcomes(
        request: Request, caller: Caller, idempotency_key: IdempotencyKey = None
    ) -> OutcomesStored:
        """Stores all of them or none. The same once more, or a correction, is a further report: the newest counts.

        With an Idempotency-Key, the same request sent again adds no report, so it cannot undo a later correction.
        """
        body = await request.body()

        def store() -> OutcomesStored:
            reported = read_outcomes(body)
            keyed = None
            if idempotency_key is not None:
                content = hash_content([outcome.model_dump(mode="json") for outcome in reported])
                keyed = KeyedRequest(caller.name, "outcomes", idempotency_key, content)
            return record_outcomes(url, reported, "api", caller.name, keyed)

        return await run_in_threadpool(store)

    return router


def read_outcomes(body: bytes) -> list[Outcome]:
    """The outcomes of a body, one or many, checked one after the other so that a long list holds nobody up.

    Raises:
        MalformedBodyError: it is not JSON.
        InvalidInputError: an outcome breaks the contract; a field is named by the outcome's place, from 0.
    """
    try:
        given: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedBodyError("The body is not JSON") from None
    many = given if isinstance(given, list) else [given]
    if not 1 <= len(many) <= MOST_OUTCOMES:
        allowed = f"1 to {MOST_OUTCOMES} outcomes"
        raise InvalidInputError(f"{len(many)} outcomes", (FieldProblem("body", "has too few or too many", allowed),))
    outcomes, problems = [], []
    for index, each in enumerate(many):
        place = str(index) if isinstance(given, list) else ""
        try:
            outcomes.append(Outcome.model_validate(_check_shape(each, place)))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            problems += [_describe(str(one["loc"][0]) if one["loc"] else "", one["type"], each, place) for one in found]
        except InvalidInputError as error:
            problems += error.problems
    if problems:
        raise InvalidInputError(f"{len(problems)} problem(s) in the outcomes", tuple(problems))
    return outcomes


def _check_shape(given: Any, place: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise InvalidInputError("", (FieldProblem(place or "body", "is not an outcome", _ALLOWED["outcome"]),))
    if len(given) > _MOST_KEYS:
        raise InvalidInputError("", (FieldProblem(place or "body", f"has {len(given)} keys", _ALLOWED["outcome"]),))
    return given


def _describe(name: str, kind: str, given: dict[str, Any], place: str) -> FieldProblem:
    """A field's problem in the words of the contract; values are not repeated."""
    prefix = f"{place}." if place else ""
    if not name:  # the rule over both ids
        problem = "does not go with encounter_id" if given.get("encounter_id") is not None else "is required"
        return FieldProblem(f"{prefix}prediction_id", problem, _EITHER)
    allowed = _ALLOWED.get(name, ", ".join(Outcome.model_fields))
    return FieldProblem(prefix + name[:64], _PROBLEMS.get(kind, "is not an allowed value"), allowed)
