"""The wall before MLflow: a login, a right for each route, and no artifact location outside the root.

Nothing of a request is read before its password is found right. What the wall has read is what MLflow gets: the login
and the bodies it judged are written anew, so that no two readers of one request can disagree.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from readmission.services.mlflow_server.rights import may, right_of
from readmission.storage.registry.artifact_root import ArtifactRoot

MAX_BODY_BYTES = 16 * 1024 * 1024
"""MLflow keeps a body in memory as a whole; its own limit for a batch of metrics is 1 MB."""
BODY_SECONDS = 30.0
_OPEN = "/health"
_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LOCATED = {
    "experiments/create": frozenset({"name", "tags", "artifact_location"}),
    "model-versions/create": frozenset({"name", "source", "run_id", "tags", "description"}),
}
"""Routes that take a location, and the fields they may have: MLflow reads ``artifactLocation`` as well."""


class RefusedError(Exception):
    """A request the wall does not let through: status of HTTP and the reason, in MLflow's own form of an error."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason = status, code, reason

    def response(self) -> Response:
        """The answer; 401 makes a browser ask for user and password."""
        headers = {"WWW-Authenticate": 'Basic realm="MLflow", charset="UTF-8"'} if self.status == 401 else {}
        return JSONResponse({"error_code": self.code, "message": self.reason}, self.status, {**headers})


class MlflowWall:
    """ASGI application: judges a request, then hands it to MLflow's.

    Args:
        mlflow: MLflow's application.
        is_right: whether a password is a user's.
        root: where artifacts may lie.
    """

    def __init__(self, mlflow: ASGIApp, is_right: Callable[[str, str], Awaitable[bool]], root: ArtifactRoot) -> None:
        self._mlflow = mlflow
        self._is_right = is_right
        self._root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"] == _OPEN):
            await self._mlflow(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            scope, receive = await self._judge(scope, receive)
        except RefusedError as refused:
            await refused.response()(scope, receive, send)
            return
        await self._mlflow(scope, receive, send)

    async def _judge(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        method, path = scope["method"], scope["path"]
        user, password = read_login(scope)
        if not await self._is_right(user, password):
            raise _no_login()
        right = right_of(method, path)
        if right is None:
            raise RefusedError(404, "ENDPOINT_NOT_FOUND", f"{method} {path} is switched off here")
        if not may(user, right):
            raise RefusedError(403, "PERMISSION_DENIED", f"{user} may not {right} in MLflow")
        headers = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
        headers.append((b"authorization", b"Basic " + base64.b64encode(f"{user}:{password}".encode())))
        if method not in _CHANGES:
            return {**scope, "headers": headers}, receive
        body = await read_body(scope, receive)
        if (fields := _LOCATED.get(path.partition("/mlflow/")[2])) is not None:
            body = json.dumps(self._check_locations(_read_json(body), fields)).encode()
            headers = [(name, value) for name, value in headers if name not in (b"content-type", b"content-length")]
            headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        return {**scope, "headers": headers}, _replay(body, receive)

    def _check_locations(self, document: Mapping[str, Any], fields: frozenset[str]) -> Mapping[str, Any]:
        """The document, if every location in it is below the root."""
        unknown = sorted(name for name, value in document.items() if name not in fields and value not in (None, ""))
        if unknown:
            raise _invalid(f"{unknown[0][:40]!r} is no field of this request; known: {', '.join(sorted(fields))}")
        kept = {name: value for name, value in document.items() if name in fields}
        location = kept.get("artifact_location")
        if location not in (None, "") and not self._root.holds(location):
            raise _invalid(f"artifact_location must be below {self._root.location}; leave it out for MLflow's own")
        if "source" in fields and not self._root.holds_run(kept.get("source"), kept.get("run_id")):
            raise _invalid(f"source must be in the folder of the run run_id names, below {self._root.location}")
        return kept


def read_login(scope: Scope) -> tuple[str, str]:
    """The user who says they call, and the password they give.

    Raises:
        RefusedError: there is no login, more than one, or it cannot be read.
    """
    found = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(found) != 1:
        raise _no_login()
    scheme, _, credentials = found[0].partition(b" ")
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _no_login() from error
    user, colon, password = decoded.partition(":")
    if scheme.lower() != b"basic" or not colon or not user or not password:
        raise _no_login()
    return user, password


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The body as a whole.

    Raises:
        RefusedError: it is too large, does not come within 30 s, or the caller hung up.
    """
    too_large = RefusedError(413, "BAD_REQUEST", f"a body of at most {MAX_BODY_BYTES} bytes is read")
    said = dict(scope["headers"]).get(b"content-length", b"0")
    if not said.isdigit() or int(said) > MAX_BODY_BYTES:
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise RefusedError(400, "BAD_REQUEST", "the body was cut off")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > MAX_BODY_BYTES:
                    raise too_large
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError as error:
        raise RefusedError(408, "BAD_REQUEST", f"the body did not come within {BODY_SECONDS:.0f} s") from error


def _read_json(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise _invalid("the body is not JSON, or names a field twice") from error
    if not isinstance(document, dict):
        raise _invalid("the body must be a JSON object")
    return document


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a field is named twice")
    return document


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that replays a body already read, then reads from the connection."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _no_login() -> RefusedError:
    return RefusedError(401, "UNAUTHENTICATED", "MLflow asks for a user and a password (basic authentication)")


def _invalid(reason: str) -> RefusedError:
    return RefusedError(400, "INVALID_PARAMETER_VALUE", reason)
