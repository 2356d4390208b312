"""Predictions under a caller's ``Idempotency-Key``: at most one a caller and key, however often they ask."""

from typing import Any

from readmission.storage.postgres.pool import Pool
from readmission.storage.serving.predictions import (
    ALL,
    BATCH_VALUES,
    NEXT,
    ROW,
    ROWS,
    STORED,
    PredictionBatch,
)

_INSERT = f"""
INSERT INTO serving.predictions ({ALL}, idempotency_key)
SELECT {BATCH_VALUES}, {ROW}, ${NEXT}::text FROM {ROWS} AS given ({ROW})
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own names
_FIND = f"SELECT {STORED}, request_id FROM serving.predictions WHERE asked_by = $1 AND idempotency_key = $2"  # noqa: S608


class KeyedPredictions:
    """Stores a prediction under a key, and finds it there again.

    Args:
        pool: of the serving role.

    Both methods raise ``UnavailableError`` while PostgreSQL is away: only there can a key be unique.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, asked_by: str, key: str) -> dict[str, Any] | None:
        """What is stored under a caller's key, or None."""
        row = await self._pool.run(lambda connection: connection.fetchrow(_FIND, asked_by, key), "read predictions")
        return None if row is None else dict(row)

    async def store(self, batch: PredictionBatch, key: str) -> dict[str, Any] | None:
        """Store the one row of a batch, unless its caller's key has one; returns what is stored under the key now."""
        values = (*batch.values(), key)
        await self._pool.run(lambda connection: connection.fetch(_INSERT, *values), "store predictions")
        return await self.find(batch.asked_by[0] or "", key)
