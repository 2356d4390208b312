"""Predictions under a caller's ``Idempotency-Key``: at most one a caller and key, however often they ask."""

from typing import Any

import psycopg
from psycopg.rows import dict_row
from pydantic import SecretStr

from readmission.errors import InvalidInputError, UnavailableError
from readmission.storage.postgres.async_connections import AsyncConnections
from readmission.storage.serving.predictions import PredictionBatch

_CONNECTIONS = 2
_INSERT = """
INSERT INTO serving.predictions (
    prediction_id, created_at, model_name, model_version, threshold, risk_30d, risk_any, decision,
    encounter_id, patient_nbr, encounter, request_id, warnings, asked_by, idempotency_key)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s::jsonb, %s, %s)
ON CONFLICT DO NOTHING
"""
_FIND = """
SELECT prediction_id, created_at, model_name, model_version, threshold, risk_30d, risk_any, decision,
       encounter_id, patient_nbr, encounter, request_id, coalesce(warnings, '[]') AS warnings
FROM serving.predictions WHERE asked_by = %s AND idempotency_key = %s
"""


class KeyedPredictions:
    """Stores a prediction under a key, and finds it there again.

    Args:
        url: libpq URL of the serving role.

    Raises:
        ConfigurationError: the URL is not set.

    Both methods raise ``UnavailableError`` while PostgreSQL is away: only there can a key be unique.
    """

    def __init__(self, url: SecretStr | None) -> None:
        self._connections = AsyncConnections(url, _CONNECTIONS)

    async def find(self, asked_by: str, key: str) -> dict[str, Any] | None:
        """What is stored under a caller's key, or None."""

        async def read(connection: psycopg.AsyncConnection) -> dict[str, Any] | None:
            async with connection.cursor(row_factory=dict_row) as cursor:
                await cursor.execute(_FIND, (asked_by, key))
                return await cursor.fetchone()

        try:
            return await self._connections.run(read)
        except psycopg.Error as error:
            raise UnavailableError(f"PostgreSQL cannot read predictions: {error}") from error

    async def store(self, batch: PredictionBatch, key: str) -> dict[str, Any] | None:
        """Store the one row of a batch, unless its caller's key has one; gives what is stored under the key now."""
        asked_by = batch.asked_by[0] or ""
        row = (
            *(batch.prediction_ids[0], batch.created_at, batch.model_name, batch.model_version, batch.threshold),
            *(batch.risks_30d[0], batch.risks_any[0], batch.decisions[0], batch.encounter_ids[0]),
            *(batch.patient_nbrs[0], batch.encounters[0].decode(), batch.request_ids[0]),
            *(None if batch.warnings[0] is None else batch.warnings[0].decode(), asked_by, key),
        )
        try:
            await self._connections.run(lambda connection: connection.execute(_INSERT, row))
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise InvalidInputError(f"PostgreSQL refuses a prediction: {type(error).__name__}") from error
        except psycopg.Error as error:
            raise UnavailableError(f"PostgreSQL cannot store predictions: {error}") from error
        return await self.find(asked_by, key)

    async def close(self) -> None:
        """Close every idle connection."""
        await self._connections.close()
