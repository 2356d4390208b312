"""Repository of ``serving.predictions``: one statement and one commit for a whole batch of answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.pq import Format
from psycopg.rows import dict_row
from pydantic import SecretStr

from readmission.errors import InvalidInputError, UnavailableError
from readmission.storage.postgres.async_connections import AsyncConnections
from readmission.storage.postgres.binary_arrays import bigint_array, float8_array, jsonb_array, text_array, uuid_array
from readmission.storage.postgres.prepared_statement import PreparedStatement

_READERS = 4

_INSERT = PreparedStatement(
    "insert_predictions",
    """
INSERT INTO serving.predictions (
    prediction_id, created_at, model_name, model_version, threshold,
    risk_30d, risk_any, decision, encounter_id, patient_nbr, encounter, request_id, asked_by, warnings)
SELECT row.prediction_id, $1::timestamptz, $2::text, $3::text, $4::float8,
       row.risk_30d, row.risk_any, row.decision, row.encounter_id, row.patient_nbr, row.encounter, row.request_id,
       row.asked_by, row.warnings
FROM unnest(
    $5::uuid[], $6::float8[], $7::float8[], $8::text[], $9::bigint[], $10::bigint[], $11::jsonb[], $12::text[],
    $13::text[], $14::jsonb[]
) AS row (
    prediction_id, risk_30d, risk_any, decision, encounter_id, patient_nbr, encounter, request_id, asked_by, warnings)
ON CONFLICT (prediction_id) DO NOTHING
""",
    [Format.TEXT] * 4 + [Format.BINARY] * 10,
)
_COLUMNS = """prediction_id, risk_30d, risk_any, decision, threshold, model_name, model_version, created_at,
       encounter_id, patient_nbr, encounter, asked_by, coalesce(warnings, '[]') AS warnings"""
_FIND = f"SELECT {_COLUMNS} FROM serving.predictions WHERE prediction_id = %s"  # noqa: S608
# One statement: nobody reads without a record of it.
_READ = f"""
WITH found AS (
    SELECT {_COLUMNS} FROM serving.predictions
    WHERE prediction_id = %(prediction_id)s AND (%(any)s OR asked_by = %(asked_by)s)),
recorded AS (
    INSERT INTO serving.prediction_reads (prediction_id, asked_by, what, request_id)
    SELECT prediction_id, %(asked_by)s, %(what)s, %(request_id)s FROM found)
SELECT * FROM found
"""  # noqa: S608
_RECORD_READS = """
INSERT INTO serving.prediction_reads (read_id, prediction_id, asked_by, what, read_at, request_id)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


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
        url: libpq URL of the serving role.
        writers: how many batches may be written at the same time.

    Raises:
        ConfigurationError: the URL is not set.
    """

    def __init__(self, url: SecretStr | None, writers: int) -> None:
        self._writers = AsyncConnections(url, writers)
        self._readers = AsyncConnections(url, _READERS)

    async def insert(self, batch: PredictionBatch) -> None:
        """Store a batch in one transaction; when this returns, every row is on disk.

        A connection lost on the way is replaced and the batch sent once more; rows that did arrive the
        first time are left as they are.

        Raises:
            UnavailableError: PostgreSQL is away, or its schema is not ready. Nothing may be acknowledged.
            InvalidInputError: a row cannot be stored; none of the batch is.
        """
        values = (
            batch.created_at.encode(),
            batch.model_name.encode(),
            batch.model_version.encode(),
            repr(batch.threshold).encode(),
            uuid_array(batch.prediction_ids).content,
            float8_array(batch.risks_30d).content,
            float8_array(batch.risks_any).content,
            text_array(batch.decisions).content,
            bigint_array(batch.encounter_ids).content,
            bigint_array(batch.patient_nbrs).content,
            jsonb_array(batch.encounters).content,
            text_array(batch.request_ids).content,
            text_array(batch.asked_by).content,
            jsonb_array(batch.warnings).content,
        )
        try:
            await self._writers.run(lambda connection: _INSERT.execute(connection, values))
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise InvalidInputError(f"PostgreSQL refuses a prediction: {type(error).__name__}") from error
        except psycopg.Error as error:
            raise UnavailableError(f"PostgreSQL cannot store predictions: {error}") from error

    async def find(self, prediction_id: UUID) -> dict[str, Any] | None:
        """The stored prediction with its encounter, or None.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        return await self._fetch(_FIND, (prediction_id,))

    async def read(self, prediction_id: UUID, reader: Reader) -> dict[str, Any] | None:
        """:meth:`find` for a caller; that they read it is recorded.

        Returns:
            None also where the prediction is there but not theirs to read.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        return await self._fetch(_READ, {"prediction_id": prediction_id, **reader._asdict()})

    async def record_reads(self, reads: Sequence[KeptRead]) -> None:
        """Record reads that were kept elsewhere; those that are here already stay as they are.

        Raises:
            UnavailableError: PostgreSQL is away.
        """

        async def write(connection: psycopg.AsyncConnection) -> None:
            async with connection.cursor() as cursor:
                await cursor.executemany(_RECORD_READS, reads)

        try:
            await self._readers.run(write)
        except psycopg.Error as error:
            raise UnavailableError(f"PostgreSQL cannot record reads: {error}") from error

    async def _fetch(self, statement: str, values: tuple[object, ...] | dict[str, object]) -> dict[str, Any] | None:
        async def read(connection: psycopg.AsyncConnection) -> dict[str, Any] | None:
            async with connection.cursor(row_factory=dict_row) as cursor:
                await cursor.execute(statement, values)
                return await cursor.fetchone()

        try:
            return await self._readers.run(read)
        except psycopg.Error as error:
            raise UnavailableError(f"PostgreSQL cannot read predictions: {error}") from error

    async def check(self) -> None:
        """Ask PostgreSQL for a sign of life.

        Raises:
            UnavailableError: it gives none.
        """
        await self.find(UUID(int=0))

    async def close(self) -> None:
        """Close every idle connection."""
        await self._writers.close()
        await self._readers.close()


def read_prediction(connection: psycopg.Connection, prediction_id: UUID) -> dict[str, Any] | None:
    """The stored prediction with its encounter, or None; for steps that are not asynchronous."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_FIND, (prediction_id,)).fetchone()
