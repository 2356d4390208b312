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
from readmission.web.key_file import LOCAL, SERVICE_ADMIN, ApiKey, KeyFile
from readmission.web.problem_details import problem_response
from readmission.web.rate_limit import RateLimit

_HEADER = HEADER.lower().encode()
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by the platform itself; they tell nothing of a patient. Ingress does not route ``/metrics``."""

Headers = Iterable[tuple[bytes, bytes]]
ScopesOf = Callable[[str, str], frozenset[str]]
"""Method and path of a request to the scopes one of which it needs; none: any key will do."""
CALLER = "caller"
"""Where an ASGI scope holds the :class:`ApiKey` of the request."""


class AccessControl:
    """Says who calls, and whether they may.

    Without a key file everybody is ``local`` and may do all but what changes a service (``promote``, ``arrivals``),
    which needs the service's own admin key. With one, every call needs a key with a scope for it; ``admin`` opens
    all, and so does the service's admin key.

    Raises:
        ConfigurationError: the key file cannot be read, is wrong, or holds no key.
    """

    def __init__(self, settings: AccessSettings, admin_key: SecretStr | None) -> None:
        self._keys = KeyFile(settings.keys_file) if settings.keys_file else None
        self._admin_key = admin_key.get_secret_value().encode() if admin_key else b""
        rate = settings.requests_per_second
        self._rate = RateLimit(rate, settings.burst) if rate else None

    def lets_in_without_key(self, needed: frozenset[str]) -> bool:
        """True if nobody is asked for a key where one of these scopes is needed."""
        return self._keys is None and LOCAL.may(needed)

    def identify(self, headers: Headers, needed: frozenset[str]) -> ApiKey:
        """Who calls.

        Args:
            headers: names in small letters and values, as ASGI passes them.
            needed: the scopes one of which the call needs.

        Raises:
            UnauthorizedError: a key is needed, and missing or unknown.
        """
        if self._keys is None and LOCAL.may(needed):
            return LOCAL
        given = next((value for name, value in headers if name == _HEADER), None)
        if self._keys is None:
            return self._check_admin_key(given)
        if given is None:
            raise UnauthorizedError(f"send your key in the {HEADER} header")
        if self._admin_key and hmac.compare_digest(given, self._admin_key):
            return SERVICE_ADMIN
        key = self._keys.find(given.decode("latin-1"))
        if key is None:
            raise UnauthorizedError(f"the key in the {HEADER} header is not known here")
        return key

    def require(self, caller: ApiKey, needed: frozenset[str]) -> None:
        """Let a known caller pass, or not.

        Raises:
            ForbiddenError: the key has none of the scopes needed.
            TooManyRequestsError: it is used too fast.
        """
        require_scope(caller, needed)
        wait_seconds = self._rate.take(caller.name) if self._rate and self._keys else 0.0
        if wait_seconds:
            raise TooManyRequestsError(f"this key sends too fast; try again in {wait_seconds:.2f} s")

    def _check_admin_key(self, given: bytes | None) -> ApiKey:
        if not self._admin_key:
            raise UnauthorizedError("this service has no admin key set, so this call is refused to everybody")
        if given is None:
            raise UnauthorizedError(f"send the admin key in the {HEADER} header")
        if not hmac.compare_digest(given, self._admin_key):
            raise UnauthorizedError(f"the key in the {HEADER} header is not the admin key")
        return SERVICE_ADMIN


class CheckAccess:
    """Pure ASGI: answers a request that may not pass with its problem document, hands all others on.

    Who calls is left in the ASGI scope, for the access log, even if the call is refused.
    """

    def __init__(self, app: ASGIApp, access: AccessControl, scopes_of: ScopesOf) -> None:
        self._app = app
        self._access = access
        self._scopes_of = scopes_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            needed = self._scopes_of(scope["method"], scope["path"])
            try:
                scope[CALLER] = caller = self._access.identify(scope["headers"], needed)
                self._access.require(caller, needed)
            except ReadmissionError as problem:
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def require_scope(caller: ApiKey, needed: frozenset[str]) -> None:
    """Let a caller pass who has one of the scopes needed.

    Raises:
        ForbiddenError: the key has none of them.
    """
    if not caller.may(needed):
        raise ForbiddenError(
            f"this needs a key of scope {' or '.join(sorted(needed))}; yours has {', '.join(sorted(caller.scopes))}"
        )


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
