"""Repository of ``serving.predictions``: one statement and one commit for a whole batch of answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from readmission.storage.postgres.pool import Connection, Pool
from readmission.storage.serving.prediction_columns import ALL, BATCH_VALUES, ROW, ROWS, STORED, PredictionBatch

_INSERT = f"""
INSERT INTO serving.predictions ({ALL}) SELECT {BATCH_VALUES}, {ROW} FROM {ROWS} AS given ({ROW})
ON CONFLICT (prediction_id) DO NOTHING
"""  # noqa: S608 - our own names
_FIND = f"SELECT {STORED} FROM serving.predictions WHERE prediction_id = "  # noqa: S608
# One statement: nobody reads without a record of it.
_READ = f"""
WITH found AS (
    SELECT {STORED} FROM serving.predictions WHERE prediction_id = $1 AND ($2 OR asked_by = $3)),
recorded AS (
    INSERT INTO serving.prediction_reads (prediction_id, asked_by, what, request_id)
    SELECT prediction_id, $3, $4, $5 FROM found)
SELECT * FROM found
"""  # noqa: S608
_RECORD_READS = """
INSERT INTO serving.prediction_reads (read_id, prediction_id, asked_by, what, read_at, request_id)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""


def write_created_at(moment: datetime) -> str:
    """When a stored prediction was made, as its first answer said it: RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Reader(NamedTuple):
    """Who reads stored predictions, for the record: ``what`` is prediction or explanation.

    ``any``: also those that others asked for.
    """

    asked_by: str
    any: bool
    what: str
    request_id: str | None


class KeptRead(NamedTuple):
    """A read that is still to be recorded in PostgreSQL; identifiers as text, ``read_at`` RFC 3339 in UTC."""

    read_id: str
    prediction_id: str
    asked_by: str
    what: str
    read_at: str
    request_id: str | None


class PredictionStore:
    """Stores and finds predictions.

    Args:
        pool: of the serving role.
        urgent: batches are written over the pool's reserved connections.
    """

    def __init__(self, pool: Pool, *, urgent: bool = False) -> None:
        self._pool = pool
        self._urgent = urgent

    async def insert(self, batch: PredictionBatch) -> None:
        """Store a batch in one transaction; when this returns, every row is on disk.

        A connection lost on the way is replaced and the batch sent once more; rows that did arrive the
        first time are left as they are.

        Raises:
            UnavailableError: PostgreSQL is away, or its schema is not ready. Nothing may be acknowledged.
            InvalidInputError: a row cannot be stored; none of the batch is.
        """
        values = batch.values()
        await self._pool.run(
            lambda connection: connection.fetch(_INSERT, *values), "store predictions", urgent=self._urgent
        )

    async def find(self, prediction_id: UUID) -> dict[str, Any] | None:
        """The stored prediction with its encounter, or None.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        return await self._fetch(f"{_FIND} $1", prediction_id)

    async def read(self, prediction_id: UUID, reader: Reader) -> dict[str, Any] | None:
        """:meth:`find` for a caller; that they read it is recorded.

        Returns:
            None also if the prediction is there but not theirs to read.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        return await self._fetch(_READ, prediction_id, reader.any, reader.asked_by, reader.what, reader.request_id)

    async def record_reads(self, reads: Sequence[KeptRead]) -> None:
        """Record reads that were kept elsewhere; those that are here already stay as they are.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        rows = [read._replace(read_at=datetime.fromisoformat(read.read_at)) for read in reads]  # type: ignore[arg-type]

        async def write(connection: Connection) -> None:
            await connection.executemany(_RECORD_READS, rows)

        await self._pool.run(write, "record reads")

    async def check(self) -> None:
        """Ask PostgreSQL for a sign of life.

        Raises:
            UnavailableError: it gives none.
        """
        await self.find(UUID(int=0))

    async def _fetch(self, statement: str, *values: object) -> dict[str, Any] | None:
        row = await self._pool.run(lambda connection: connection.fetchrow(statement, *values), "read predictions")
        return None if row is None else dict(row)
