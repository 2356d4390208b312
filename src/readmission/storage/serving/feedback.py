"""Repository of ``serving.feedback``: agreement or override beside a stored prediction, append-only."""

from typing import Any
from uuid import UUID

from readmission.errors import NotFoundError, UnavailableError
from readmission.storage.postgres.pool import Connection, Pool
from readmission.storage.serving.keyed_requests import ADD, FIND, KeyedRequest

_COLUMNS = "feedback_id, prediction_id, created_at, verdict, reason, asked_by, decided"
_INSERT = (
    "INSERT INTO serving.feedback (prediction_id, verdict, reason, asked_by, decided) VALUES ($1, $2, $3, $4, $5)"  # noqa: S608
    f" RETURNING {_COLUMNS}"
)
# One statement: nobody reads without a record of it.
_LIST = f"""
WITH found AS (SELECT {_COLUMNS} FROM serving.feedback WHERE prediction_id = $1),
recorded AS (
    INSERT INTO serving.prediction_reads (prediction_id, asked_by, what, request_id)
    SELECT DISTINCT prediction_id, $2, 'feedback', $3 FROM found)
SELECT * FROM found ORDER BY feedback_id
"""  # noqa: S608
_FIND = f"SELECT {_COLUMNS} FROM serving.feedback WHERE feedback_id = $1"  # noqa: S608
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7296006))"
_Row = dict[str, Any]


class FeedbackStore:
    """Adds and lists what was said of a prediction; there is no way to change or remove it.

    Args:
        pool: of the serving role.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

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
        doing = "store feedback"
        try:
            if keyed is not None:
                return await self._pool.run(lambda connection: _add_once(connection, values, keyed), doing)
            # Not sent twice: a lost answer must not become two verdicts.
            row = await self._pool.run(lambda connection: connection.fetchrow(_INSERT, *values), doing, again=False)
        except NotFoundError as error:
            raise NotFoundError(f"There is no prediction {prediction_id}") from error
        return _kept(row)

    async def read(self, prediction_id: UUID, asked_by: str, request_id: str | None) -> list[_Row]:
        """All that was said of a prediction, oldest first; that the caller read it is recorded.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        values = (prediction_id, asked_by, request_id)
        rows = await self._pool.run(lambda connection: connection.fetch(_LIST, *values), "read feedback")
        return [dict(row) for row in rows]


async def _add_once(connection: Connection, values: tuple[object, ...], keyed: KeyedRequest) -> _Row:
    async with connection.transaction():
        # The same key sent twice at once: the second waits for the first, then finds it.
        await connection.execute(_LOCK, f"{keyed.asked_by}\n{keyed.key}")
        sent = await connection.fetchrow(FIND, *keyed[:3])
        if sent is not None:
            keyed.check_same(sent)
            return _kept(await connection.fetchrow(_FIND, sent["answer"]["feedback_id"]))
        stored = _kept(await connection.fetchrow(_INSERT, *values))
        await connection.execute(ADD, *keyed, {"feedback_id": stored["feedback_id"]})
        return stored


def _kept(row: Any) -> _Row:
    if row is None:
        raise UnavailableError("PostgreSQL did not keep the feedback")
    return dict(row)
