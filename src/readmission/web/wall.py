"""The wall in front of every service: what a request must be before its content matters.

Host name, origin and media type are checked by the headers alone. A body is counted and timed as it is read, and JSON
must be of a sane shape. Keys are asked for behind the wall, before any body is read (:mod:`readmission.web.access`).
"""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from readmission.contract.json_shape import check_shape
from readmission.errors import (
    BodyTooLargeError,
    CallerGoneError,
    ForeignOriginError,
    HostNotAllowedError,
    ReadmissionError,
    SlowBodyError,
    UnsupportedMediaTypeError,
)
from readmission.settings import HttpSettings, Settings
from readmission.web.allowed_hosts import AllowedHosts
from readmission.web.problem_details import problem_response

JSON = "application/json"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_QUICK_BYTES = 16 * 1024
"""A body up to this size is checked within a millisecond, so on the event loop."""


class BodyRule(NamedTuple):
    """What a route takes as a body.

    Attributes:
        max_bytes: the longest.
        media_types: those it reads.
        in_parts: handed on as it comes; else JSON, read and checked as a whole before it is handed on.
    """

    max_bytes: int
    media_types: tuple[str, ...] = (JSON,)
    in_parts: bool = False


RuleOf = Callable[[str], BodyRule | None]
"""Path to the rule of the body; None if the endpoint reads and checks its body itself."""


class Wall:
    """Pure ASGI: answers what may not pass with a problem document, hands all else on.

    Args:
        app: what stands behind.
        settings: allowed hosts and limits.
        rule_of: the rule of each route; by default one JSON record of at most ``max_body_bytes``.
    """

    def __init__(self, app: ASGIApp, settings: Settings, rule_of: RuleOf | None = None) -> None:
        self._app = app
        self._settings = settings.http
        self._hosts = AllowedHosts(settings.allowed_hosts)
        self._rule_of = rule_of or rules_by_path(settings.http, {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host, origin = b"", None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value if not host else b","  # two of them: no name at all
            elif name == b"origin":
                origin = value
        method, path = scope["method"], scope["path"]
        rule = self._rule_of(path)
        try:
            if not self._hosts.allow(host, path):
                raise HostNotAllowedError(_HOST_REFUSED)
            if origin is not None and method not in _SAFE_METHODS:
                _check_origin(origin, host)
            if rule is not None and method not in _SAFE_METHODS:
                _check_media_type(scope["headers"], rule.media_types)
        except ReadmissionError as refusal:
            await problem_response(refusal, {"Connection": "close"})(scope, receive, send)
            return
        if rule is None:
            await self._app(scope, receive, send)
        else:
            await _Exchange(rule, self._settings, receive, send).run(self._app, scope)


_HOST_REFUSED = (
    "The Host header names no host of this service. Callers use 127.0.0.1 or localhost, or a name that "
    "READMISSION_HTTP__ALLOWED_HOSTS holds"
)


def _check_origin(origin: bytes, host: bytes) -> None:
    """A browser says which page asks; scripts and services say nothing. TLS may end in front: no look at the scheme."""
    if origin.partition(b"://")[2] != host:
        raise ForeignOriginError("The Origin header names another site than the Host header")


def _check_media_type(headers: list[tuple[bytes, bytes]], media_types: tuple[str, ...]) -> None:
    given, has_body = None, False
    for name, value in headers:
        if name == b"content-type":
            given = value
        elif name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0")):
            has_body = True
    if given is None and not has_body:
        return
    if (given or b"").decode("latin-1").partition(";")[0].strip().lower() not in media_types:
        raise UnsupportedMediaTypeError(f"Send the body as Content-Type: {' or '.join(media_types)}")


class _Exchange:
    """One request and its answer: the body as the app reads it, and the wall's refusal in place of the app's answer.

    Frameworks turn an error that comes out of ``receive`` into one of their own; so it is kept here, and answered
    from here.
    """

    def __init__(self, rule: BodyRule, settings: HttpSettings, receive: Receive, send: Send) -> None:
        self._rule = rule
        self._settings = settings
        self._receive_part = receive
        self._send = send
        self._began = 0.0
        self._taken = 0
        self._is_whole = False
        self._refusal: ReadmissionError | None = None
        self._answering = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Let the app answer, unless its reading of the body is refused."""
        try:
            await app(scope, self._receive, self._send_unless_refused)
        except Exception:
            if self._refusal is None or self._answering:
                raise
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            # Its traceback leads back to here, and so to the connection, which would stay open until the garbage
            # collector came by.
            refusal.__traceback__ = None
            if not self._answering:
                answer = problem_response(refusal, {"Connection": "close"})
                await answer(scope, self._receive_part, self._send)

    async def _send_unless_refused(self, message: Message) -> None:
        if self._refusal is None or self._answering:
            self._answering = True
            await self._send(message)

    async def _receive(self) -> Message:
        if self._refusal is not None:
            raise self._refusal
        if self._is_whole:  # nothing follows but the caller's leaving, which has all the time there is
            return await self._receive_part()
        try:
            return await (self._next_part() if self._rule.in_parts else self._whole_body())
        except ReadmissionError as refusal:
            self._refusal = refusal
            raise

    async def _whole_body(self) -> Message:
        parts = []
        while not self._is_whole:
            parts.append((await self._next_part()).get("body", b""))
        body = b"".join(parts)
        if len(body) > _QUICK_BYTES:
            await asyncio.to_thread(check_shape, body)
        elif body:
            check_shape(body)
        return {"type": "http.request", "body": body, "more_body": False}

    async def _next_part(self) -> Message:
        now = time.monotonic()
        self._began = self._began or now
        longest = self._settings.body_seconds
        total = longest + self._taken / self._settings.slowest_bytes_per_second
        try:
            async with asyncio.timeout(min(longest, self._began + total - now)):
                message = await self._receive_part()
        except TimeoutError:
            raise SlowBodyError(
                f"A body may take {longest:g} s, and a second more for each "
                f"{self._settings.slowest_bytes_per_second} bytes"
            ) from None
        if message["type"] == "http.disconnect":
            raise CallerGoneError("The caller hung up before all of the body came")
        self._taken += len(message.get("body", b""))
        if self._taken > self._rule.max_bytes:
            raise BodyTooLargeError(f"The body may have at most {self._rule.max_bytes} bytes")
        self._is_whole = not message.get("more_body")
        return message


def rules_by_path(settings: HttpSettings, others: dict[str, BodyRule | None]) -> RuleOf:
    """Rules by the beginning of a path; a path that no entry begins takes one JSON record.

    Args:
        settings: for the size of a record.
        others: by path, or by the beginning of paths if it ends in ``/``.
    """
    record = BodyRule(settings.max_body_bytes)
    beginnings = {path: rule for path, rule in others.items() if path.endswith("/")}

    def find(path: str) -> BodyRule | None:
        if path in others:
            return others[path]
        return next((rule for beginning, rule in beginnings.items() if path.startswith(beginning)), record)

    return find
