"""Repository of ``serving.feedback``: agreement or override beside a stored prediction, append-only."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from readmission.errors import NotFoundError, UnavailableError
from readmission.storage.postgres.async_connections import AsyncConnections
from readmission.storage.serving.keyed_requests import ADD, FIND, KeyedRequest

_CONNECTIONS = 2
_COLUMNS = "feedback_id, prediction_id, created_at, verdict, reason, asked_by, decided"
_INSERT = (
    "INSERT INTO serving.feedback (prediction_id, verdict, reason, asked_by, decided) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608
    f" RETURNING {_COLUMNS}"
)
# One statement: nobody reads without a record of it.
_LIST = f"""
WITH found AS (SELECT {_COLUMNS} FROM serving.feedback WHERE prediction_id = %s),
recorded AS (
    INSERT INTO serving.prediction_reads (prediction_id, asked_by, what, request_id)
    SELECT DISTINCT prediction_id, %s, 'feedback', %s FROM found)
SELECT * FROM found ORDER BY feedback_id
"""  # noqa: S608
_FIND = f"SELECT {_COLUMNS} FROM serving.feedback WHERE feedback_id = %s"  # noqa: S608
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7296006))"
_Row = dict[str, Any]
_T = TypeVar("_T")


class FeedbackStore:
    """Adds and lists what was said of a prediction; there is no way to change or remove it.

    Args:
        url: libpq URL of the serving role.

    Raises:
        ConfigurationError: the URL is not set.
    """

    def __init__(self, url: SecretStr | None) -> None:
        self._connections = AsyncConnections(url, _CONNECTIONS)

    async def add(
        self,
        prediction_id: UUID,
        said: tuple[str, str | None, str | None],
        asked_by: str,
        keyed: KeyedRequest | None = None,
    ) -> _Row:
        """Store what a caller said: verdict (``agree`` or ``override``), reason, and what is decided instead.

        With an ``Idempotency-Key`` that was used before, nothing is added: the row is the one of that time.

        Raises:
            NotFoundError: no such prediction is stored.
            InvalidInputError: the key was used with other feedback.
            UnavailableError: PostgreSQL is away; nothing is stored, or its answer was lost on the way.
        """
        verdict, reason, decided = said
        values = (prediction_id, verdict, reason, asked_by, decided)
        try:
            if keyed is not None:
                return await self._connections.run(lambda connection: _add_once(connection, values, keyed))
            # Not sent twice: a lost answer must not become two verdicts.
            rows = await self._fetch(_INSERT, values, fresh=True)
        except psycopg.errors.ForeignKeyViolation as error:
            raise NotFoundError(f"There is no prediction {prediction_id}") from error
        except psycopg.OperationalError as error:
            raise UnavailableError("PostgreSQL went away while the feedback was stored") from error
        return rows[0]

    async def read(self, prediction_id: UUID, asked_by: str, request_id: str | None) -> list[_Row]:
        """All that was said of a prediction, oldest first; that the caller read it is recorded.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        values = (prediction_id, asked_by, request_id)
        return await _twice(lambda fresh: self._fetch(_LIST, values, fresh=fresh))

    async def close(self) -> None:
        """Close every idle connection."""
        await self._connections.close()

    async def _fetch(self, statement: str, values: tuple[object, ...], *, fresh: bool) -> list[_Row]:
        async with self._connections.use(fresh=fresh) as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, values)
            return await cursor.fetchall()


async def _add_once(connection: psycopg.AsyncConnection, values: tuple[object, ...], keyed: KeyedRequest) -> _Row:
    given = keyed._asdict()
    async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        # The same key sent twice at once: the second waits for the first, then finds it.
        await cursor.execute(_LOCK, (f"{keyed.asked_by}\n{keyed.key}",))
        sent = await (await cursor.execute(FIND, given)).fetchone()
        if sent is not None:
            keyed.check_same(sent)
            stored = await (await cursor.execute(_FIND, (sent["answer"]["feedback_id"],))).fetchone()
        else:
            stored = await (await cursor.execute(_INSERT, values)).fetchone()
            if stored is not None:
                await cursor.execute(ADD, {**given, "answer": Jsonb({"feedback_id": stored["feedback_id"]})})
    if stored is None:
        raise UnavailableError("PostgreSQL did not keep the feedback")
    return stored


async def _twice(ask: Callable[[bool], Awaitable[_T]]) -> _T:
    """Ask again over a fresh connection where an idle one was lost."""
    try:
        return await ask(False)
    except psycopg.OperationalError:
        try:
            return await ask(True)
        except psycopg.OperationalError as error:
            raise UnavailableError("PostgreSQL does not answer") from error
