"""A few connections to PostgreSQL for asynchronous code, opened again by themselves after every loss.

Not a general pool on purpose: no background task and no back-off. A call while PostgreSQL is away fails
at once, and the first call after it is back succeeds.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import psycopg
from pydantic import SecretStr

from readmission.errors import ConfigurationError, UnavailableError
from readmission.storage.postgres.binary_arrays import register_binary_arrays

Result = TypeVar("Result")

CONNECT_TIMEOUT_SECONDS = 2
CALL_TIMEOUT_SECONDS = 5.0
"""A PostgreSQL that hangs longer counts as away."""


class AsyncConnections:
    """At most ``size`` connections, each used by one call at a time, each statement its own transaction.

    Raises:
        ConfigurationError: the URL is not set.
    """

    def __init__(self, url: SecretStr | None, size: int) -> None:
        if url is None:
            raise ConfigurationError("READMISSION_SERVING_DATABASE__URL is not set: run `make up`, or set it")
        self._url = url
        self._idle: list[psycopg.AsyncConnection] = []
        self._free = asyncio.Semaphore(size)

    @asynccontextmanager
    async def use(self, *, fresh: bool = False) -> AsyncIterator[psycopg.AsyncConnection]:
        """Borrow a connection; one that fails is closed, never used again.

        Args:
            fresh: open a new one and forget the idle ones, which the same loss may have broken.

        Raises:
            UnavailableError: PostgreSQL does not answer, refuses the role, or hangs.
        """
        async with self._free:
            if fresh:
                await self.close()
            connection = self._idle.pop() if self._idle else await self._open()
            try:
                async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
                    yield connection
            except TimeoutError as error:
                await connection.close()
                raise UnavailableError(f"PostgreSQL did not answer within {CALL_TIMEOUT_SECONDS:g} s") from error
            except BaseException:
                await connection.close()
                raise
            self._idle.append(connection)

    async def run(self, call: Callable[[psycopg.AsyncConnection], Awaitable[Result]]) -> Result:
        """What ``call`` gives for a connection; called once more with a fresh one where the first was lost.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        try:
            async with self.use() as connection:
                return await call(connection)
        except psycopg.OperationalError:
            try:
                async with self.use(fresh=True) as connection:
                    return await call(connection)
            except psycopg.OperationalError as error:
                raise UnavailableError("PostgreSQL went away") from error

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            await self._idle.pop().close()

    async def _open(self) -> psycopg.AsyncConnection:
        try:
            connection = await psycopg.AsyncConnection.connect(
                self._url.get_secret_value(),
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                application_name="inference-service",
                # An answer means the row is on disk, whatever the server's default is.
                options="-c synchronous_commit=on",
            )
        except psycopg.OperationalError as error:
            raise UnavailableError("PostgreSQL does not answer") from error
        register_binary_arrays(connection)
        return connection
