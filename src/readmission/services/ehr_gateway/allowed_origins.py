"""CORS for the origins in the settings, as CDS Hooks asks; every other page stays outside."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type"),
    (b"access-control-max-age", b"600"),
]


class AllowOrigins:
    """Pure ASGI, in front of the wall: names allowed origins in the answer, leaves all others to the wall's refusal.

    Args:
        app: what stands behind.
        origins: scheme, host and port, as a browser sends them.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = {origin.encode() for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        origin = next((value for name, value in scope.get("headers", ()) if name == b"origin"), None)
        if scope["type"] != "http" or origin not in self._origins:
            await self._app(scope, receive, send)
            return
        named = [(b"access-control-allow-origin", origin), (b"vary", b"Origin")]
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": [*named, *_PREFLIGHT]})
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *named]
            await send(message)

        # The wall compares an origin with the host; this one was allowed by name.
        headers = [(name, value) for name, value in scope["headers"] if name != b"origin"]
        await self._app({**scope, "headers": headers}, receive, send_named)
