"""Who may call a service: API keys, their rights and their rates. Off on loopback, where nobody is asked."""

import hmac
import ipaddress
from collections.abc import Callable, Iterable

from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from readmission.contract.api_key import HEADER
from readmission.errors import (
    ConfigurationError,
    ForbiddenError,
    ReadmissionError,
    TooManyRequestsError,
    UnauthorizedError,
)
from readmission.settings import AccessSettings
from readmission.web.key_file import ApiKey, KeyFile
from readmission.web.problem_details import problem_response
from readmission.web.rate_limit import RateLimit

_HEADER = HEADER.lower().encode()
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by the platform itself; they tell nothing of a patient. Ingress does not route ``/metrics``."""

Headers = Iterable[tuple[bytes, bytes]]
ScopeOf = Callable[[str, str], str]
"""Method and path of a request to the right it needs."""


class AccessControl:
    """Answers whether a request may pass.

    Without a key file only ``admin`` is guarded, by the service's own admin key. With one, every right needs a key
    that has it; ``admin`` opens all, and so does the service's admin key.

    Raises:
        ConfigurationError: the key file cannot be read, is wrong, or holds no key.
    """

    def __init__(self, settings: AccessSettings, admin_key: SecretStr | None) -> None:
        self._keys = KeyFile(settings.keys_file) if settings.keys_file else None
        self._admin_key = admin_key.get_secret_value().encode() if admin_key else b""
        rate = settings.requests_per_second
        self._rate = RateLimit(rate, settings.burst) if rate else None

    @property
    def asks_everybody(self) -> bool:
        """True where every call needs a key, not only those of an administrator."""
        return self._keys is not None

    def check(self, scope: str, headers: Headers) -> ReadmissionError | None:
        """The reason why a request may not pass, or None where it may.

        Args:
            scope: the right it needs: predict, outcomes, data or admin.
            headers: names in small letters and values, as ASGI gives them.
        """
        if self._keys is None and scope != "admin":
            return None
        given = next((value for name, value in headers if name == _HEADER), None)
        if self._keys is None:
            return self._check_admin_key(given)
        if given is None:
            return UnauthorizedError(f"send your key in the {HEADER} header")
        key = self._find(given)
        if key is None:
            return UnauthorizedError(f"the key in the {HEADER} header is not known here")
        if scope not in key.scopes and "admin" not in key.scopes:
            return ForbiddenError(f"this needs a key of scope {scope}; yours has {', '.join(sorted(key.scopes))}")
        wait_seconds = self._rate.take(key.name) if self._rate else 0.0
        if wait_seconds:
            return TooManyRequestsError(f"this key sends too fast; try again in {wait_seconds:.2f} s")
        return None

    def require(self, scope: str, headers: Headers) -> None:
        """:meth:`check`, raised.

        Raises:
            UnauthorizedError: the key is missing or unknown.
            ForbiddenError: it lacks the right.
            TooManyRequestsError: it is used too fast.
        """
        problem = self.check(scope, headers)
        if problem is not None:
            raise problem

    def _find(self, given: bytes) -> ApiKey | None:
        if self._keys is None:
            return None
        if self._admin_key and hmac.compare_digest(given, self._admin_key):
            return ApiKey("service-admin", frozenset({"admin"}))
        return self._keys.find(given.decode("latin-1"))

    def _check_admin_key(self, given: bytes | None) -> ReadmissionError | None:
        if not self._admin_key:
            return UnauthorizedError("this service has no admin key set, so this call is refused to everybody")
        if given is None:
            return UnauthorizedError(f"send the admin key in the {HEADER} header")
        if not hmac.compare_digest(given, self._admin_key):
            return UnauthorizedError(f"the key in the {HEADER} header is not the admin key")
        return None


class CheckAccess:
    """Pure ASGI: answers a request that may not pass with its problem document, hands all others on."""

    def __init__(self, app: ASGIApp, access: AccessControl, scope_of: ScopeOf) -> None:
        self._app = app
        self._access = access
        self._scope_of = scope_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            problem = self._access.check(self._scope_of(scope["method"], scope["path"]), scope["headers"])
            if problem is not None:
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def refuse_open_bind(service: str, host: str, access: AccessSettings, *, asks: bool = True) -> None:
    """Let a service listen beyond loopback only with keys, or if it was said that it may.

    Args:
        service: its name, for the message.
        host: the address it would listen on.
        access: whether there are keys.
        asks: whether it asks for keys at all; the page and the metrics exporter do not, so a key file guards neither.

    Raises:
        ConfigurationError: neither is so.
    """
    if access.without_keys or is_loopback(host):
        return
    if not asks:
        raise ConfigurationError(
            f"{service} asks nobody for a key and would listen on {host}: keep it on loopback, or set "
            "READMISSION_ACCESS__WITHOUT_KEYS=true if something else keeps strangers out"
        )
    if access.keys_file is None:
        raise ConfigurationError(
            f"{service} would listen on {host} for anybody: set READMISSION_ACCESS__KEYS_FILE (`make-key`), "
            "or READMISSION_ACCESS__WITHOUT_KEYS=true where something else keeps strangers out"
        )


def is_loopback(host: str) -> bool:
    """True for an address only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
