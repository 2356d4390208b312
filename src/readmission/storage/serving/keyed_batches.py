"""Batches under a caller's ``Idempotency-Key``: each row of one has at most one prediction, however often it is sent.

A row and its prediction are stored by one statement. So a batch that was cut off goes on after the last chunk that was
stored, and the same batch sent twice at once is stored once: the second sending waits for the first, then reads.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from readmission.errors import UnavailableError
from readmission.storage.postgres.pool import Connection, Pool
from readmission.storage.serving.keyed_requests import ADD, FIND, KeyedRequest
from readmission.storage.serving.predictions import ALL, BATCH_VALUES, NEXT, ROW, ROWS, PredictionBatch

_INSERT = f"""
WITH given AS (
    SELECT number, rows.*
    FROM {ROWS} WITH ORDINALITY AS rows ({ROW}, index)
    JOIN unnest(${NEXT}::bigint[]) WITH ORDINALITY AS numbers (number, index) USING (index)),
claimed AS (
    INSERT INTO serving.keyed_batch_rows (keyed_request_id, row, prediction_id)
    SELECT ${NEXT + 1}, number, prediction_id FROM given ORDER BY number
    ON CONFLICT DO NOTHING RETURNING prediction_id)
INSERT INTO serving.predictions ({ALL})
SELECT {BATCH_VALUES}, {ROW} FROM given JOIN claimed USING (prediction_id)
"""  # noqa: S608 - our own names
_FIND_ROWS = """
SELECT claimed.row, prediction_id, risk_30d, risk_any, decision, threshold, model_name, model_version, created_at,
       coalesce(warnings, '[]')
FROM serving.keyed_batch_rows claimed JOIN serving.predictions USING (prediction_id)
WHERE keyed_request_id = $1 AND claimed.row BETWEEN $2 AND $3
"""


class StoredRow(NamedTuple):
    """The stored answer to one row of a batch, ``row`` counted from 1."""

    row: int
    prediction_id: UUID
    risk_30d: float
    risk_any: float
    decision: str
    threshold: float
    model_name: str
    model_version: str
    created_at: datetime
    warnings: list[dict[str, str]]


class KeyedBatches:
    """Stores batches under keys, and finds what of them is stored.

    Args:
        pool: of the serving role.

    All methods raise ``UnavailableError`` while PostgreSQL is away.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(self, request: KeyedRequest) -> int:
        """The batch under a key; begun if there is none.

        Raises:
            InvalidInputError: the key was sent with another body.
        """

        async def begin(connection: Connection) -> object:
            await connection.execute(ADD, *request, None)
            return await connection.fetchrow(FIND, *request[:3])

        stored: Any = await self._pool.run(begin, "store the key")
        if stored is None:
            raise UnavailableError("PostgreSQL did not keep the key")
        request.check_same(stored)
        return int(stored["keyed_request_id"])

    async def find_rows(self, batch_id: int, first: int, last: int) -> dict[int, StoredRow]:
        """What is stored of the rows ``first`` to ``last`` of a batch, by row."""
        found = await self._pool.run(
            lambda connection: connection.fetch(_FIND_ROWS, batch_id, first, last), "read the batch"
        )
        return {row.row: row for row in (StoredRow(*each) for each in found)}

    async def insert(self, batch_id: int, rows: Sequence[int], batch: PredictionBatch) -> None:
        """Store the predictions of rows that have none yet, each with its row, in one transaction.

        Raises:
            InvalidInputError: a row cannot be stored; none is.
        """
        values = (*batch.values(), rows, batch_id)
        await self._pool.run(lambda connection: connection.fetch(_INSERT, *values), "store predictions")
