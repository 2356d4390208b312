"""Batches under a caller's ``Idempotency-Key``: each row of one has at most one prediction, however often it is sent.

A row and its prediction are stored by one statement. So a batch that was cut off goes on after the last chunk that was
stored, and the same batch sent twice at once is stored once: the second sending waits for the first, then reads.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from pydantic import SecretStr

from readmission.errors import InvalidInputError, UnavailableError
from readmission.storage.postgres.async_connections import AsyncConnections
from readmission.storage.postgres.binary_arrays import bigint_array, float8_array, jsonb_array, text_array, uuid_array
from readmission.storage.serving.keyed_requests import ADD, FIND, KeyedRequest
from readmission.storage.serving.predictions import PredictionBatch

_CONNECTIONS = 2
_INSERT = """
WITH given AS (
    SELECT * FROM unnest(
        %(rows)s::bigint[], %(prediction_ids)s::uuid[], %(risks_30d)s::float8[], %(risks_any)s::float8[],
        %(decisions)s::text[], %(encounter_ids)s::bigint[], %(patient_nbrs)s::bigint[], %(encounters)s::jsonb[],
        %(request_ids)s::text[], %(asked_by)s::text[], %(warnings)s::jsonb[])
    AS given (number, prediction_id, risk_30d, risk_any, decision, encounter_id, patient_nbr, encounter, request_id,
              asked_by, warnings)),
claimed AS (
    INSERT INTO serving.keyed_batch_rows (keyed_request_id, row, prediction_id)
    SELECT %(keyed_request_id)s, number, prediction_id FROM given ORDER BY number
    ON CONFLICT DO NOTHING RETURNING prediction_id)
INSERT INTO serving.predictions (
    prediction_id, created_at, model_name, model_version, threshold, risk_30d, risk_any, decision, encounter_id,
    patient_nbr, encounter, request_id, asked_by, warnings)
SELECT prediction_id, %(created_at)s::timestamptz, %(model_name)s, %(model_version)s, %(threshold)s::float8,
       risk_30d, risk_any, decision, encounter_id, patient_nbr, encounter, request_id, asked_by, warnings
FROM given JOIN claimed USING (prediction_id)
"""
_FIND_ROWS = """
SELECT claimed.row, prediction_id, risk_30d, risk_any, decision, threshold, model_name, model_version, created_at,
       coalesce(warnings, '[]')
FROM serving.keyed_batch_rows claimed JOIN serving.predictions USING (prediction_id)
WHERE keyed_request_id = %s AND claimed.row BETWEEN %s AND %s
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
        url: libpq URL of the serving role.

    Raises:
        ConfigurationError: the URL is not set.

    All methods raise ``UnavailableError`` while PostgreSQL is away.
    """

    def __init__(self, url: SecretStr | None) -> None:
        self._connections = AsyncConnections(url, _CONNECTIONS)

    async def open(self, request: KeyedRequest) -> int:
        """The batch under a key; begun where there is none.

        Raises:
            InvalidInputError: the key was sent with another body.
        """
        values = {**request._asdict(), "answer": None}

        async def begin(connection: psycopg.AsyncConnection) -> dict[str, object] | None:
            await connection.execute(ADD, values)
            async with connection.cursor(row_factory=dict_row) as cursor:
                return await (await cursor.execute(FIND, values)).fetchone()

        try:
            stored = await self._connections.run(begin)
        except psycopg.Error as error:
            raise UnavailableError(f"PostgreSQL cannot store the key: {error}") from error
        if stored is None:
            raise UnavailableError("PostgreSQL did not keep the key")
        request.check_same(stored)
        return int(str(stored["keyed_request_id"]))

    async def find_rows(self, batch_id: int, first: int, last: int) -> dict[int, StoredRow]:
        """What is stored of the rows ``first`` to ``last`` of a batch, by row."""

        async def read(connection: psycopg.AsyncConnection) -> list[tuple[object, ...]]:
            return await (await connection.execute(_FIND_ROWS, (batch_id, first, last))).fetchall()

        try:
            found = await self._connections.run(read)
        except psycopg.Error as error:
            raise UnavailableError(f"PostgreSQL cannot read the batch: {error}") from error
        return {row.row: row for row in (StoredRow(*each) for each in found)}  # type: ignore[arg-type]

    async def insert(self, batch_id: int, rows: Sequence[int], batch: PredictionBatch) -> None:
        """Store the predictions of rows that have none yet, each with its row, in one transaction.

        Raises:
            InvalidInputError: a row cannot be stored; none is.
        """
        values = {
            "keyed_request_id": batch_id,
            "rows": bigint_array(rows),
            "created_at": batch.created_at,
            "model_name": batch.model_name,
            "model_version": batch.model_version,
            "threshold": batch.threshold,
            "prediction_ids": uuid_array(batch.prediction_ids),
            "risks_30d": float8_array(batch.risks_30d),
            "risks_any": float8_array(batch.risks_any),
            "decisions": text_array(batch.decisions),
            "encounter_ids": bigint_array(batch.encounter_ids),
            "patient_nbrs": bigint_array(batch.patient_nbrs),
            "encounters": jsonb_array(batch.encounters),
            "request_ids": text_array(batch.request_ids),
            "asked_by": text_array(batch.asked_by),
            "warnings": jsonb_array(batch.warnings),
        }
        try:
            await self._connections.run(lambda connection: connection.execute(_INSERT, values))
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise InvalidInputError(f"PostgreSQL refuses a prediction: {type(error).__name__}") from error
        except psycopg.Error as error:
            raise UnavailableError(f"PostgreSQL cannot store predictions: {error}") from error

    async def close(self) -> None:
        """Close every idle connection."""
        await self._connections.close()
