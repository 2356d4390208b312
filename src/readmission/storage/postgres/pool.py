"""The connections of a process to PostgreSQL for asynchronous code: one pool, one way to say what went wrong.

asyncpg's own pool resets a connection with a further round trip after each use, and waits for a server that hangs
before it lets a connection go. Here a connection is returned as it is, or closed; there is no background task and no
back-off: a call while PostgreSQL is away fails at once, and the first call after it is back succeeds.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
from pydantic import SecretStr

from readmission.errors import ConfigurationError, InvalidInputError, NotFoundError, UnavailableError

Result = TypeVar("Result")
Connection: TypeAlias = asyncpg.Connection

CONNECT_TIMEOUT_SECONDS = 2.0
CALL_TIMEOUT_SECONDS = 5.0
"""A PostgreSQL that hangs longer counts as away."""
_LIBPQ_ONLY = frozenset({
    "connect_timeout", "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval",
    "keepalives_count", "tcp_user_timeout", "channel_binding", "gssencmode", "load_balance_hosts",
})  # fmt: skip
_JSONB_VERSION = b"\x01"
_LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.OperatorInterventionError,  # the server is told to stop, or only starting
)
"""What a connection that was lost raises, whatever it was asked; a call that was cut off may have been done."""


class Pool:
    """At most ``size`` connections, each used by one call at a time; outside a transaction each statement commits.

    Args:
        url: libpq URL; None if it is not set.
        size: most connections.
        reserved: how many of them are kept for calls that ask with ``urgent``.
        setting: name of the setting the URL comes from, for the message.

    Raises:
        ConfigurationError: the URL is not set.
    """

    def __init__(
        self,
        url: SecretStr | None,
        size: int,
        reserved: int = 0,
        setting: str = "READMISSION_SERVING_DATABASE__URL",
    ) -> None:
        if url is None:
            raise ConfigurationError(f"{setting} is not set: run `make up`, or set it")
        self._url = url
        self._idle: list[Connection] = []
        self._urgent = asyncio.Semaphore(reserved)
        self._shared = asyncio.Semaphore(size - reserved)

    async def run(
        self,
        call: Callable[[Connection], Awaitable[Result]],
        doing: str,
        *,
        again: bool = True,
        urgent: bool = False,
    ) -> Result:
        """The result of ``call`` on a connection.

        Args:
            call: what to do; it may run twice.
            doing: for messages: "PostgreSQL cannot <doing>".
            again: call once more, on a new connection, if the first was lost. False for what must not be done twice:
                it is called on a new connection.
            urgent: use a reserved connection.

        Raises:
            UnavailableError: PostgreSQL is away, hangs, or its schema is not ready.
            InvalidInputError: it refuses a value.
            NotFoundError: what a row refers to is not stored.
        """
        try:
            if again:
                try:
                    return await self._call(call, urgent=urgent, fresh=False)
                except _LOST as error:
                    if _is_value(error):
                        raise
            return await self._call(call, urgent=urgent, fresh=True)
        except asyncpg.ForeignKeyViolationError as error:
            raise NotFoundError(f"PostgreSQL cannot {doing}: what it belongs to is not stored") from error
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            raise InvalidInputError(
                f"PostgreSQL cannot {doing}: it refuses a value ({type(error).__name__})"
            ) from error
        except _LOST as error:
            if _is_value(error):
                raise InvalidInputError(f"PostgreSQL cannot {doing}: a value is outside its type") from error
            raise UnavailableError(f"PostgreSQL cannot {doing}: it went away ({type(error).__name__})") from error
        except asyncpg.PostgresError as error:
            raise UnavailableError(f"PostgreSQL cannot {doing}: {error}") from error

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().terminate()

    async def _call(self, call: Callable[[Connection], Awaitable[Result]], *, urgent: bool, fresh: bool) -> Result:
        async with self._use(urgent=urgent, fresh=fresh) as connection:
            return await call(connection)

    @asynccontextmanager
    async def _use(self, *, urgent: bool, fresh: bool) -> AsyncIterator[Connection]:
        """Borrow a connection; one that fails is closed and never used again."""
        async with self._urgent if urgent else self._shared:
            if fresh:
                await self.close()  # the same loss may have broken them
            connection = await self._take()
            try:
                async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
                    yield connection
            except TimeoutError as error:
                connection.terminate()
                raise UnavailableError(f"PostgreSQL did not answer within {CALL_TIMEOUT_SECONDS:g} s") from error
            except BaseException:
                connection.terminate()
                raise
            self._idle.append(connection)

    async def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return await _open(self._url)


def _is_value(error: BaseException) -> bool:
    """True for the one interface error that is no loss: a value that cannot be written as its type."""
    return isinstance(error, ValueError)


def _without_client_options(url: str) -> str:
    """The URL without what only libpq understands: asyncpg would send it to the server, which refuses it."""
    parts = urlsplit(url)
    options = [(name, value) for name, value in parse_qsl(parts.query) if name not in _LIBPQ_ONLY]
    return urlunsplit(parts._replace(query=urlencode(options)))


async def _open(url: SecretStr) -> Connection:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            connection = await asyncpg.connect(
                _without_client_options(url.get_secret_value()),
                timeout=CONNECT_TIMEOUT_SECONDS,
                # An answer means the row is on disk, whatever the server's default is.
                server_settings={"application_name": "inference-service", "synchronous_commit": "on"},
            )
            await connection.set_type_codec(
                "jsonb", schema="pg_catalog", encoder=_write_json, decoder=_read_json, format="binary"
            )
            return connection
    except (TimeoutError, asyncpg.PostgresError, *_LOST) as error:
        raise UnavailableError("PostgreSQL does not answer") from error


def _write_json(document: Any) -> bytes:
    """A document, or one that is JSON in UTF-8 already."""
    return _JSONB_VERSION + (document if isinstance(document, bytes) else json.dumps(document).encode())


def _read_json(content: bytes) -> Any:
    return json.loads(content[1:])
