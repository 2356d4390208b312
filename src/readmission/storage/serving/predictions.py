"""Repository of ``serving.predictions``: its columns, declared once, and one statement and commit for a whole batch."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from readmission.storage.postgres.pool import Connection, Pool

BATCH_COLUMNS = {
    "created_at": "timestamptz",
    "model_name": "text",
    "model_version": "text",
    "threshold": "float8",
}
"""Column to type: one value for a whole batch."""
ROW_COLUMNS = {
    "prediction_id": ("uuid", "prediction_ids"),
    "risk_30d": ("float8", "risks_30d"),
    "risk_any": ("float8", "risks_any"),
    "decision": ("text", "decisions"),
    "encounter_id": ("bigint", "encounter_ids"),
    "patient_nbr": ("bigint", "patient_nbrs"),
    "encounter": ("jsonb", "encounters"),
    "request_id": ("text", "request_ids"),
    "asked_by": ("text", "asked_by"),
    "warnings": ("jsonb", "warnings"),
}
"""Column to its type and the attribute of :class:`PredictionBatch` that holds its values, one a row."""
ALL = ", ".join((*BATCH_COLUMNS, *ROW_COLUMNS))
ROW = ", ".join(ROW_COLUMNS)
BATCH_VALUES = ", ".join(f"${number}::{kind}" for number, kind in enumerate(BATCH_COLUMNS.values(), start=1))
"""The values of a batch in a statement: its first parameters."""
ROWS = f"""unnest({
    ", ".join(
        f"${number}::{kind}[]" for number, (kind, _) in enumerate(ROW_COLUMNS.values(), start=len(BATCH_COLUMNS) + 1)
    )
})"""
"""The rows of a batch in a statement: the parameters after those, columns as in :data:`ROW`."""
NEXT = len(BATCH_COLUMNS) + len(ROW_COLUMNS) + 1
"""Number of the first parameter a statement has for itself."""
STORED = ALL.replace("warnings", "coalesce(warnings, '[]') AS warnings").replace("request_id, ", "")
"""What is read of a stored prediction."""
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


@dataclass(slots=True)
class PredictionBatch:
    """Answers of one model version made at one moment; the lists run side by side, one entry a row.

    ``created_at`` is RFC 3339 in UTC; ``encounters`` and ``warnings`` are JSON documents in UTF-8, None: no warnings.
    """

    model_name: str
    model_version: str
    threshold: float
    created_at: str
    prediction_ids: list[str] = field(default_factory=list)
    risks_30d: list[float] = field(default_factory=list)
    risks_any: list[float] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    encounter_ids: list[int | None] = field(default_factory=list)
    patient_nbrs: list[int | None] = field(default_factory=list)
    encounters: list[bytes] = field(default_factory=list)
    request_ids: list[str | None] = field(default_factory=list)
    asked_by: list[str | None] = field(default_factory=list)
    warnings: list[bytes | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A batch that an earlier release wrote to the journal names no callers and has no warnings."""
        if not self.asked_by:
            self.asked_by = [None] * len(self.prediction_ids)
        if not self.warnings:
            self.warnings = [None] * len(self.prediction_ids)

    def values(self) -> tuple[object, ...]:
        """The parameters of a statement with :data:`BATCH_VALUES` and :data:`ROWS`."""
        return (
            datetime.fromisoformat(self.created_at),
            self.model_name,
            self.model_version,
            self.threshold,
            *[getattr(self, attribute) for _, attribute in ROW_COLUMNS.values()],
        )

    def row(self, index: int) -> Mapping[str, Any]:
        """One prediction as a read of :data:`STORED` returns it."""
        stored = {name: getattr(self, name) for name in BATCH_COLUMNS}
        stored |= {name: getattr(self, attribute)[index] for name, (_, attribute) in ROW_COLUMNS.items()}
        del stored["request_id"]
        return stored | {
            "encounter": json.loads(stored["encounter"]),
            "warnings": json.loads(stored["warnings"] or b"[]"),
        }


def read_time(prediction_id: str) -> float:
    """When an identifier of :func:`make_prediction_ids` was made: Unix seconds, to the millisecond."""
    return int(prediction_id[:8] + prediction_id[9:13], 16) / 1000


def make_prediction_ids(count: int, unix_seconds: float | None = None) -> list[str]:
    """Make ``count`` new identifiers: UUIDv7 (RFC 9562) in canonical text form, ordered by the time they were made.

    48 bits of Unix milliseconds, then 74 random bits: two never meet, whichever worker makes them.

    Args:
        count: how many.
        unix_seconds: time they carry; now where None.
    """
    milliseconds = int((time.time() if unix_seconds is None else unix_seconds) * 1000)
    stamp = f"{milliseconds & 0xFFFF_FFFF_FFFF:012x}"
    prefix = f"{stamp[:8]}-{stamp[8:]}-7"
    noise = os.urandom(10 * count).hex()
    ids = []
    for start in range(0, 20 * count, 20):
        digits = noise[start : start + 20]
        variant = "89ab"[int(digits[3], 16) & 3]
        ids.append(f"{prefix}{digits[:3]}-{variant}{digits[4:7]}-{digits[7:19]}")
    return ids


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


_RECORD_READS = f"""
INSERT INTO serving.prediction_reads ({", ".join(KeptRead._fields)})
VALUES ({", ".join(f"${number}" for number in range(1, len(KeptRead._fields) + 1))}) ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own names


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
