"""Pure ASGI middleware of every service: request id, access log, metrics, HEAD.

Plain ASGI on purpose: Starlette's ``@app.middleware("http")`` alone costs more than half the throughput.
"""

import logging
import random
import re
import time
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from readmission.errors import StorageFullError
from readmission.observability.logging import request_id
from readmission.observability.metrics import http_request_duration_seconds, http_requests_total
from readmission.web.access import CALLER
from readmission.web.problem_details import describe_failure, problem_response
from readmission.web.response_headers import NO_GUESSING, NOT_KEPT, Headers

REQUEST_ID_HEADER = b"x-request-id"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
_RECORDED_ROUTES = frozenset({"/predict"})
"""What these answer is stored with its request id: a line a request would say less and cost more."""
_logger = logging.getLogger("readmission.access")


class ObserveRequests:
    """Give each request an id, count and time it, and write one access line; answer for whatever fails behind.

    An ``X-Request-ID`` of at most 64 letters, digits, dots, dashes or underscores is kept; any other
    is replaced. Probes and scrapes are counted, not logged. Routes are templates, never real paths.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        # Ids tell requests apart and guard nothing, so they need not cost a system call each.
        self._draw = random.Random().getrandbits  # noqa: S311

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = self._identifier_of(scope)
        token = request_id.set(identifier.decode())
        started = time.perf_counter()
        status = 0
        is_whole = False

        async def send_with_id(message: Message) -> None:
            nonlocal status, is_whole
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = complete_headers(message.get("headers", ()), identifier)
            elif not message.get("more_body"):
                is_whole = True
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            if status and not is_whole:  # the server says so in its log, and cuts the answer off
                raise
            failure = describe_failure(error)
            full = isinstance(failure, StorageFullError)
            _logger.error("a request failed: %s", failure.message, exc_info=None if full else error)
            if not status:
                await problem_response(failure)(scope, receive, send_with_id)
        finally:
            self._record(scope, status or 500, time.perf_counter() - started)
            request_id.reset(token)

    def _identifier_of(self, scope: Scope) -> bytes:
        for name, value in scope["headers"]:
            if name == REQUEST_ID_HEADER and _REQUEST_ID.fullmatch(value):
                return bytes(value)
        return b"%032x" % self._draw(128)

    def _record(self, scope: Scope, status: int, duration_seconds: float) -> None:
        route, method = route_template(scope), scope["method"]
        method = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS") else "other"
        series = self._series.get((method, route, status))
        if series is None:  # looking a labelled series up costs more than counting in it
            count = http_requests_total.labels(self.service, method, route, str(status))
            series = (count, http_request_duration_seconds.labels(self.service, method, route))
            self._series[method, route, status] = series
        series[0].inc()
        series[1].observe(duration_seconds)
        if route not in _QUIET_ROUTES and not (status < 400 and route in _RECORDED_ROUTES):
            caller = scope.get(CALLER)
            extra = {
                "method": method,
                "route": route,
                "status": status,
                "duration_seconds": round(duration_seconds, 6),
                "caller": None if caller is None else caller.name,
            }
            _logger.info("request", extra=extra)


def complete_headers(given: Headers, identifier: bytes) -> list[tuple[bytes, bytes]]:
    """An answer's headers, its request id, and what a browser must know; only a few answers may be kept."""
    for name, _ in given:  # a generator would cost more than the rest
        if name.lower() == b"cache-control":
            return [*given, NO_GUESSING, (REQUEST_ID_HEADER, identifier)]
    return [*given, NO_GUESSING, NOT_KEPT, (REQUEST_ID_HEADER, identifier)]


class AnswerHead:
    """Answer HEAD wherever GET is answered: same headers, no body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not message.get("more_body"):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        scope["method"] = "GET"
        try:
            await self.app(scope, receive, send_head)
        finally:
            scope["method"] = "HEAD"


def route_template(scope: Scope) -> str:
    """The template the request matched (``/splits/{split}/batches``), or ``unmatched``."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "unmatched"))
