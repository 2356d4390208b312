"""Headers that tell a browser what it may do with an answer (OWASP Secure Headers Project)."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = Iterable[tuple[bytes, bytes]]

NO_GUESSING = (b"x-content-type-options", b"nosniff")
"""No browser guesses another media type."""
NOT_KEPT = (b"cache-control", b"no-store")
"""For every answer that does not say itself how long it may be kept: most hold what is known of a patient."""
PAGE: dict[bytes, bytes] = {
    b"content-security-policy": (
        # Gradio writes scripts and styles into its page, and runs the page's own event code by `new Function`.
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; "
        b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    ),
    b"referrer-policy": b"no-referrer",
    NO_GUESSING[0]: NO_GUESSING[1],
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}
"""On every answer of the page: nothing comes from elsewhere, nothing leaves, nobody else may frame it."""


class AddResponseHeaders:
    """Pure ASGI: adds headers that an answer does not have yet.

    Args:
        app: what answers.
        headers: names in lower case, and values.
    """

    def __init__(self, app: ASGIApp, headers: dict[bytes, bytes]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(each for each in self._headers.items() if each[0] not in names)]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
