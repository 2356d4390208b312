"""Which EHR calls: its signed token (CDS Hooks 2.0, "Trusting CDS Clients").

Nothing in a token says where its key is: the keys of each client come from the file or address in the settings, and a
token's own ``jku`` must merely name that address. The algorithm is one of two and must fit the key.
"""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
from jwt.types import Options

from readmission.errors import UnauthorizedError, UnavailableError
from readmission.settings import EhrClientSettings

ALGORITHMS = {"ES384": ("EC", "P-384"), "RS384": ("RSA", None)}
LONGEST_LIFE_SECONDS = 300
CLOCK_SKEW_SECONDS = 30
_KEPT_SECONDS = 300
_LOOK_AGAIN_SECONDS = 30
"""Between two looks for a key id that is not known: made-up ids must not become calls to the EHR."""
_MOST_KEY_BYTES = 64 * 1024
_MOST_TOKEN_BYTES = 8 * 1024
_MOST_REMEMBERED = 200_000
_SMALLEST_RSA_BITS = 2048
_REQUIRED: Options = {"require": ["iss", "aud", "exp", "iat", "jti"]}
_logger = logging.getLogger(__name__)


class ClientKeys:
    """The public keys of one client, kept for five minutes.

    Args:
        settings: file or address of its JWKS.
        http: asks the address; follows no redirect.
    """

    def __init__(self, settings: EhrClientSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = float("-inf")

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key with an id, or None.

        Raises:
            UnavailableError: the keys cannot be read, and none are kept.
        """
        age = time.monotonic() - self._read_at
        if age > _KEPT_SECONDS or (key_id not in self._keys and age > _LOOK_AGAIN_SECONDS):
            self._read_at = time.monotonic()
            try:
                self._keys = read_keys(await self._read())
            except (OSError, httpx.HTTPError, ValueError) as error:
                _logger.warning("the keys of %s cannot be read: %s", self._settings.name, type(error).__name__)
                if not self._keys:
                    raise UnavailableError("The keys of this client cannot be read now") from None
        return self._keys.get(key_id)

    async def _read(self) -> bytes:
        if self._settings.jwks_file is not None:
            return Path(self._settings.jwks_file).read_bytes()
        if self._settings.jwks_url is None:
            raise ValueError("no key set")
        async with self._http.stream("GET", self._settings.jwks_url, headers={"accept-encoding": "identity"}) as answer:
            content = b""
            async for part in answer.aiter_raw():
                content += part
                if len(content) > _MOST_KEY_BYTES:
                    raise ValueError("the key set is too large")
        if answer.status_code != 200:
            raise ValueError("no key set")
        return content


def read_keys(content: bytes) -> dict[str, jwt.PyJWK]:
    """Key id to key, of those that can check ES384 or RS384.

    Raises:
        ValueError: the content is no JWKS.
    """
    document = json.loads(content)
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("no key set")
    keys: dict[str, jwt.PyJWK] = {}
    for entry in document["keys"][:100]:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
            continue
        algorithm = next((name for name, (kind, _) in ALGORITHMS.items() if kind == entry.get("kty")), None)
        if algorithm is None or entry.get("crv") != ALGORITHMS[algorithm][1] or "d" in entry:
            continue
        try:
            key = jwt.PyJWK(entry, algorithm)
        except jwt.PyJWTError:
            continue
        if algorithm == "RS384" and key.key.key_size < _SMALLEST_RSA_BITS:
            continue
        keys[entry["kid"]] = key
    return keys


class SeenTokens:
    """Ids of tokens until they expire: each opens the door once."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def take(self, issuer: str, token_id: str, expires_at: float, now: float) -> bool:
        """False if the token was here before.

        Raises:
            UnavailableError: more tokens are alive than can be remembered.
        """
        if self._until.get((issuer, token_id), 0.0) > now:
            return False
        if len(self._until) >= _MOST_REMEMBERED:
            self._until = {known: until for known, until in self._until.items() if until > now}
            if len(self._until) >= _MOST_REMEMBERED:
                raise UnavailableError("Too many tokens are alive; try again later")
        self._until[issuer, token_id] = expires_at + CLOCK_SKEW_SECONDS
        return True


class ClientTokens:
    """Tells by its token which client calls.

    Args:
        clients: those that may.
        http: for their keys.
        now: seconds since 1970.
    """

    def __init__(
        self, clients: tuple[EhrClientSettings, ...], http: httpx.AsyncClient, now: Callable[[], float] = time.time
    ) -> None:
        self._clients = {client.issuer: (client, ClientKeys(client, http)) for client in clients}
        self._seen = SeenTokens()
        self._now = now

    async def identify(self, authorization: str | None, audiences: tuple[str, ...]) -> EhrClientSettings:
        """The client whose token it is.

        Args:
            authorization: the header.
            audiences: what ``aud`` may name: this service, or the address that was called.

        Raises:
            UnauthorizedError: there is no token, or it is not valid here; the answer does not say which key exists.
            UnavailableError: the client's keys cannot be read now.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _MOST_TOKEN_BYTES:
            raise UnauthorizedError("send a signed token as Authorization: Bearer")
        try:
            header = jwt.get_unverified_header(token)
            issuer = jwt.decode_complete(token, options={"verify_signature": False})["payload"].get("iss")
        except jwt.PyJWTError:
            raise UnauthorizedError("the token cannot be read") from None
        known = self._clients.get(issuer) if isinstance(issuer, str) else None
        algorithm, key_id = header.get("alg"), header.get("kid")
        if known is None or algorithm not in ALGORITHMS or not isinstance(key_id, str) or "crit" in header:
            raise UnauthorizedError("the token is of no client of this service")
        client, keys = known
        if header.get("jku") not in (None, client.jwks_url):
            raise UnauthorizedError("the token names keys elsewhere")
        key = await keys.find(key_id)
        if key is None or key.algorithm_name != algorithm:
            raise UnauthorizedError("the token is of no client of this service")
        claims = self._check(token, key, algorithm, client, audiences)
        if not self._seen.take(client.issuer, claims["jti"], float(claims["exp"]), self._now()):
            raise UnauthorizedError("the token was used before")
        return client

    def _check(
        self, token: str, key: jwt.PyJWK, algorithm: str, client: EhrClientSettings, audiences: tuple[str, ...]
    ) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=audiences,
                issuer=client.issuer,
                leeway=CLOCK_SKEW_SECONDS,
                options=_REQUIRED,
            )
            life = float(claims["exp"]) - float(claims["iat"])
        except (jwt.PyJWTError, TypeError, ValueError, OverflowError):
            raise UnauthorizedError("the token is not valid here") from None
        token_id = claims["jti"]
        if not 0 < life <= LONGEST_LIFE_SECONDS or not isinstance(token_id, str) or not 0 < len(token_id) <= 128:
            raise UnauthorizedError("the token lives too long, or has no id")
        return claims
