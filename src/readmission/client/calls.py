"""Each call of the service as data: what to send, whether it may be sent twice, how to read the answer.

The two clients only carry these out, so they cannot differ in anything but how they wait.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, Literal, TypeVar, cast
from urllib.parse import quote

from readmission.client.answers import BatchRow, Explanation, Feedback, Models, OutcomeCounts
from readmission.contract.api_key import HEADER
from readmission.contract.prediction import Decision, Prediction
from readmission.errors import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidInputError,
    NotEligibleError,
    NotFoundError,
    ReadmissionError,
    TooManyRequestsError,
    UnauthorizedError,
    UnavailableError,
)

T = TypeVar("T")
CardType = Literal["text/html", "text/markdown"]
ROWS_PER_REQUEST = 2_000
"""Rows of a batch that are sent, stored and, after a lost connection, sent again together."""
_JSON = {"content-type": "application/json"}
_NDJSON = {"content-type": "application/x-ndjson", "accept": "application/x-ndjson"}
_ERRORS: dict[int, type[ReadmissionError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: TooManyRequestsError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request.

    Attributes:
        read: body of a good answer to what the caller gets.
        may_repeat: true if sending it twice stores nothing twice.
        is_long: true if the answer may take minutes.
    """

    method: str
    path: str
    read: Callable[[bytes], T]
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    may_repeat: bool = True
    is_long: bool = False


def predict(encounter: Mapping[str, Any], idempotency_key: str | None) -> Call[Prediction]:
    """Score one encounter. With a key, a repeated request returns the stored answer."""
    headers = {**_JSON, "idempotency-key": idempotency_key} if idempotency_key else _JSON
    read = Prediction.model_validate_json
    return Call("POST", "/predict", read, headers, _encode(encounter), may_repeat=bool(idempotency_key))


def new_key() -> str:
    """An idempotency key no other request has."""
    return str(uuid.uuid4())


def predict_batch(encounters: Iterable[Mapping[str, Any]], rows_per_request: int) -> Iterator[Call[list[BatchRow]]]:
    """Score many encounters, some rows a request; rows are numbered over all requests.

    Raises:
        ValueError: ``rows_per_request`` is below 1.
    """
    if rows_per_request < 1:
        raise ValueError(f"rows_per_request is at least 1, not {rows_per_request}")
    rest, sent = iter(encounters), 0
    while rows := list(islice(rest, rows_per_request)):
        content = b"\n".join(_encode(row) for row in rows) + b"\n"
        headers = {**_NDJSON, "idempotency-key": new_key()}
        yield Call("POST", "/predict/batch", _row_reader(sent), headers, content, is_long=True)
        sent += len(rows)


def read_prediction(prediction_id: str) -> Call[dict[str, Any]]:
    """Read a stored prediction back, with the encounter it was made for."""
    return Call("GET", f"/predictions/{_segment(prediction_id)}", json.loads)


def explain(prediction_id: str) -> Call[Explanation]:
    """The reasons behind a stored prediction; they are stored with it, once."""
    read = cast(Callable[[bytes], Explanation], json.loads)
    return Call("POST", f"/explain?prediction_id={_segment(prediction_id)}", read, _JSON)


def give_feedback(
    prediction_id: str,
    verdict: str,
    reason: str | None,
    decided: Decision | None = None,
    idempotency_key: str | None = None,
) -> Call[Feedback]:
    """Agree with a stored prediction, or override it and say why and what is decided instead. With a key, the same
    feedback sent again adds nothing.
    """
    content = _encode({"verdict": verdict, "reason": reason, **({"decided": decided} if decided else {})})
    read = cast(Callable[[bytes], Feedback], json.loads)
    path = f"/predictions/{_segment(prediction_id)}/feedback"
    headers = {**_JSON, "idempotency-key": idempotency_key} if idempotency_key else _JSON
    return Call("POST", path, read, headers, content, may_repeat=bool(idempotency_key))


def report_outcomes(outcomes: Iterable[Mapping[str, Any]]) -> Call[OutcomeCounts]:
    """Report what became of patients; the same report once more is counted as a duplicate."""
    read = cast(Callable[[bytes], OutcomeCounts], json.loads)
    return Call("POST", "/outcomes", read, _JSON, _encode([dict(each) for each in outcomes]))


def list_models() -> Call[Models]:
    """The live version and all registered ones."""
    return Call("GET", "/models", cast(Callable[[bytes], Models], json.loads))


def list_promotions() -> Call[list[dict[str, Any]]]:
    """Every decision of the gate, newest first."""
    return Call("GET", "/promotions", json.loads)


def read_card(version: str, media_type: CardType) -> Call[str]:
    """A version's model card."""
    return Call("GET", f"/models/{_segment(version)}/card", bytes.decode, {"accept": media_type})


def roll_back(actor: str, reason: str, version: str | None, admin_key: str | None) -> Call[dict[str, Any]]:
    """Make an earlier champion live again, with the administrator's key if it is not the client's own."""
    order = {"actor": actor, "reason": reason, **({"version": version} if version else {})}
    headers = {**_JSON, **({HEADER: admin_key} if admin_key else {})}
    return Call("POST", "/models/rollback", json.loads, headers, _encode(order), may_repeat=False)


def read_problem(status: int, content: bytes) -> ReadmissionError:
    """The error a problem document describes."""
    try:
        problem = dict(json.loads(content))
    except (ValueError, TypeError):
        return _ERRORS.get(status, UnavailableError)(f"the inference service answered {status} without saying why")
    message = str(problem.get("detail") or problem.get("title") or f"the inference service answered {status}")
    fields = tuple(FieldProblem(e["field"], e["problem"], e.get("allowed")) for e in problem.get("errors") or ())
    if problem.get("type") == f"urn:readmission:{NotEligibleError.slug}":
        return NotEligibleError(message, fields)
    kind = _ERRORS.get(status) or (InvalidInputError if status < 500 else ReadmissionError)
    return kind(message, fields)


def _row_reader(sent: int) -> Callable[[bytes], list[BatchRow]]:
    def read(content: bytes) -> list[BatchRow]:
        rows: list[BatchRow] = [json.loads(line) for line in content.splitlines() if line]
        for row in rows:
            row["row"] += sent
        return rows

    return read


def _encode(value: object) -> bytes:
    """JSON without NaN, which no service of ours takes.

    Raises:
        InvalidInputError: the value has no JSON form.
    """
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"an encounter is a mapping of names to text and whole numbers: {error}") from error


def _segment(text: str) -> str:
    return quote(str(text), safe="")
