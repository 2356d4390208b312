"""``POST /predict``: read, check, queue for the next batch, answer; and the fast path that bypasses the router."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from readmission.contract.encounter import ICD9CM, DiagnosisSystem
from readmission.contract.encounter_input import decode_encounter
from readmission.errors import (
    BodyTooLargeError,
    CallerGoneError,
    NotEligibleError,
    ReadmissionError,
    SlowBodyError,
    UnsupportedMediaTypeError,
)
from readmission.observability import metrics
from readmission.observability.logging import request_id
from readmission.services.inference_service.predict.answer_batches import MicroBatcher, PredictionRequest
from readmission.settings import HttpSettings
from readmission.web.access import CALLER
from readmission.web.problem_details import MEDIA_TYPE as PROBLEM_MEDIA_TYPE
from readmission.web.problem_details import problem_body

IDEMPOTENCY_KEY = b"idempotency-key"
_JSON = b"application/json"

# Looked up once: that costs more than counting.
_OUTCOMES = {
    outcome: metrics.predict_requests_total.labels(outcome)
    for outcome in ("answered", "invalid", "not_eligible", "unavailable", "failed")
}

Headers = Iterable[tuple[bytes, bytes]]
AnswerOnce = Callable[[PredictionRequest, bytes], Awaitable[bytes]]
"""Answers a request under its ``Idempotency-Key``."""


class Answer(NamedTuple):
    """What leaves: status, headers and body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class PredictEndpoint:
    """The one implementation of the endpoint, whichever way a request is routed to it."""

    def __init__(
        self,
        batcher: MicroBatcher[PredictionRequest, bytes],
        answer_once: AnswerOnce,
        limits: HttpSettings,
        default_system: DiagnosisSystem = ICD9CM,
    ) -> None:
        """``default_system``: what the diagnoses are coded in if an encounter does not say."""
        self._batcher = batcher
        self._answer_once = answer_once
        self._limits = limits
        self._default_system = default_system

    async def answer(self, headers: Headers, receive: Receive, asked_by: str) -> Answer:
        """Answer one request of a caller; every known failure is a problem document."""
        started = time.perf_counter()
        try:
            body = await self._predict(headers, receive, asked_by)
            answer = Answer(200, [(b"content-type", _JSON), _length(body)], body)
            outcome = "answered"
        except ReadmissionError as error:
            answer = _problem(error)
            outcome = _outcome(error)
        _OUTCOMES[outcome].inc()
        metrics.predict_latency_seconds.observe(time.perf_counter() - started)
        return answer

    async def _predict(self, headers: Headers, receive: Receive, asked_by: str) -> bytes:
        media_type, key, length = b"", None, b""
        for name, value in headers:
            if name == b"content-type":
                media_type = value
            elif name == b"content-length":
                length = value
            elif name == IDEMPOTENCY_KEY:
                key = value
        if media_type != _JSON:
            _check_media_type(media_type)
        body = await read_body(receive, self._limits, int(length) if length.isdigit() else None)
        request = PredictionRequest(decode_encounter(body, self._default_system), request_id.get(), asked_by)
        if key is not None:
            return await self._answer_once(request, key)
        return await self._batcher.send(request)


class _PredictRoute:
    """What the access log and the metrics read the route's template from."""

    path = "/predict"


class PredictDirectly:
    """Answers ``POST /predict`` before FastAPI's router is asked; all else goes on to FastAPI.

    The router, its dependency machinery and its response classes cost as much as the answer itself. Both
    ways call the same :class:`PredictEndpoint`.
    """

    def __init__(self, app: ASGIApp, endpoint: PredictEndpoint) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["path"] != "/predict" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["route"] = _PredictRoute
        answer = await self._endpoint.answer(scope["headers"], receive, scope[CALLER].name)
        start: dict[str, Any] = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})


async def read_body(receive: Receive, limits: HttpSettings, length: int | None = None) -> bytes:
    """The whole body of a request.

    Args:
        receive: of the request.
        limits: size of the body, and the time it may take.
        length: what ``Content-Length`` says, if there is one. The server keeps to it, so once that much is here
            the message that only says "no more" need not be waited for: it costs a change of threads.

    Raises:
        SlowBodyError: it did not arrive in time.
        BodyTooLargeError: it is longer than allowed.
        CallerGoneError: the caller hung up on the way.
    """
    max_bytes = limits.max_body_bytes
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body") and len(body) != length:
        try:
            async with asyncio.timeout(limits.body_seconds):
                while message.get("more_body") and len(body) <= max_bytes:
                    message = await receive()
                    body += message.get("body", b"")
        except TimeoutError:
            raise SlowBodyError(f"The body did not arrive within {limits.body_seconds:g} s") from None
    if message["type"] == "http.disconnect":
        raise CallerGoneError("The caller hung up before all of the body came")
    if len(body) > max_bytes:
        raise BodyTooLargeError(f"The body may have at most {max_bytes} bytes")
    return body


def _check_media_type(given: bytes) -> None:
    media_type, _, parameters = given.partition(b";")
    charset = parameters.strip().lower().replace(b'"', b"")
    if media_type.strip().lower() != _JSON or charset not in (b"", b"charset=utf-8"):
        raise UnsupportedMediaTypeError("Send the encounter as Content-Type: application/json (UTF-8)")


def _problem(error: ReadmissionError) -> Answer:
    body = json.dumps(problem_body(error)).encode()
    headers = [(b"content-type", PROBLEM_MEDIA_TYPE.encode()), _length(body)]
    if error.http_status == 503:
        headers.append((b"retry-after", b"1"))
    return Answer(error.http_status, headers, body)


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(body)).encode()


def _outcome(error: ReadmissionError) -> str:
    if isinstance(error, NotEligibleError):
        return "not_eligible"
    return "invalid" if error.http_status < 500 else "unavailable" if error.http_status == 503 else "failed"
