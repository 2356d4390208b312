"""The door in front of Gradio: only the routes the page uses, and only files that were uploaded to it.

Gradio checks the paths in a request only once it was started by its own ``launch``; mounted into another
application it does not, and reads any file the process can read. :func:`guard_files` turns its own checks on.
This door does not rely on them: it refuses a path outside the upload folder before Gradio sees it, and it closes
the routes that hand out a session's state, fetch addresses or run events around the queue.
"""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from readmission.errors import ForbiddenError, InvalidInputError, NotFoundError, ReadmissionError
from readmission.services.ui.words import LANGUAGES
from readmission.web.problem_details import problem_response

MAX_EVENT_BYTES = 1 << 20
"""An event of the page holds a form or a name of a file, never the file itself."""
MAX_NESTING = 16
_logger = logging.getLogger(__name__)
_FILE = "/gradio_api/file="
_JOIN = "/gradio_api/queue/join"
_OPEN = {
    "GET": re.compile(
        r"/?|/config/?|/theme\.css|/gradio_api/theme\.css|/favicon\.ico|/manifest\.json|/card/[^/]+|/live"
        r"|/(?:assets|static|svelte)/.+|/patient/(?:diagnoses|examples/[^/]+|reasons/[^/]+)|/ward/template\.[a-z]+"
        r"|/gradio_api/(?:app_id|startup-events|upload_progress|queue/data|heartbeat/[^/]+|file=.+)"
    ),
    "POST": re.compile(r"/gradio_api/(?:queue/join|upload|cancel|reset)/?|/patient/(?:assess|feedback)|/ward/score"),
}


def guard_files(page: gr.Blocks) -> None:
    """Turn on the checks of file paths that Gradio makes only after ``launch``."""
    page.has_launched = True
    page.is_running = True  # else any path to an SVG that a request names is served from then on


class GradioDoor:
    """Pure ASGI: what is not a page of a language passes untouched.

    Args:
        app: the application the pages are mounted in.
        uploads: the only folder whose files a visitor may name.
    """

    def __init__(self, app: ASGIApp, uploads: Path) -> None:
        self._app = app
        self._uploads = uploads.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        _, _, rest = scope.get("path", "").partition("/")
        language, slash, rest = rest.partition("/")
        if scope["type"] != "http" or language not in LANGUAGES:
            await self._app(scope, receive, send)
            return
        problem = self._check(scope, slash + rest)
        if problem is None and slash + rest.rstrip("/") == _JOIN:
            try:
                receive = await self._read_event(receive)
            except ReadmissionError as error:
                problem = error
        if problem is not None:
            _logger.warning(
                "refused at the page's door", extra={"status": problem.http_status, "reason": problem.message}
            )
            await problem_response(problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope, path: str) -> ReadmissionError | None:
        allowed = _OPEN.get("GET" if scope["method"] == "HEAD" else scope["method"])
        if allowed is None or not allowed.fullmatch(path):
            return NotFoundError("the page has no such address")
        if b"deep_link" in scope["query_string"] and "deep_link" in parse_qs(
            scope["query_string"].decode("latin-1"), keep_blank_values=True
        ):
            return NotFoundError("the page makes no links to a session")
        if path.startswith(_FILE) and not self._is_uploaded(path.removeprefix(_FILE)):
            return NotFoundError("no such file was uploaded to this page")
        return None

    async def _read_event(self, receive: Receive) -> Receive:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return _replay(message)
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MAX_EVENT_BYTES:
                raise InvalidInputError(f"an event of the page holds at most {MAX_EVENT_BYTES:,} bytes")
        try:
            event = json.loads(bytes(body))
        except (ValueError, RecursionError) as error:
            raise InvalidInputError("an event of the page is a JSON object") from error
        for path in _paths_in(event, MAX_NESTING):
            if not self._is_uploaded(path):
                raise ForbiddenError("an event may only name files that were uploaded to this page")
        return _replay({"type": "http.request", "body": bytes(body), "more_body": False}, receive)

    def _is_uploaded(self, path: str) -> bool:
        try:
            return Path(path).is_absolute() and Path(path).resolve().is_relative_to(self._uploads)
        except (OSError, ValueError):  # a null byte, a name too long, a loop of links
            return False


def _paths_in(value: Any, deepest: int) -> Iterator[str]:
    """Every value under a key ``path``, whatever else stands beside it.

    Raises:
        InvalidInputError: the value is nested deeper than a form can be, or a path is no text.
    """
    if deepest == 0:
        raise InvalidInputError(f"an event of the page is nested at most {MAX_NESTING} levels deep")
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "path" and each is not None:
                if not isinstance(each, str):
                    raise InvalidInputError("a path is text")
                yield each
            else:
                yield from _paths_in(each, deepest - 1)
    elif isinstance(value, list):
        for each in value:
            yield from _paths_in(each, deepest - 1)


def _replay(first: Message, rest: Receive | None = None) -> Receive:
    """A ``receive`` that hands out one message that was already taken, then the connection's own."""
    pending: list[Message] = [first]

    async def receive() -> Message:
        if pending or rest is None:
            return pending.pop() if pending else first
        return await rest()

    return receive
