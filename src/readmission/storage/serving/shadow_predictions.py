"""Repository of ``serving.shadow_predictions``: a challenger's answers beside the champion's."""

from collections.abc import Sequence

import psycopg
from pydantic import SecretStr

from readmission.errors import ConfigurationError, UnavailableError
from readmission.storage.postgres.async_connections import AsyncConnections
from readmission.storage.postgres.binary_arrays import float8_array, text_array, uuid_array

_INSERT = """
INSERT INTO serving.shadow_predictions (prediction_id, challenger_version, risk_30d, risk_any, decision)
SELECT row.prediction_id, %s, row.risk_30d, row.risk_any, row.decision
FROM unnest(%s::uuid[], %s::float8[], %s::float8[], %s::text[]) AS row (prediction_id, risk_30d, risk_any, decision)
ON CONFLICT DO NOTHING
"""


class ShadowStore:
    """Stores what a challenger would have answered.

    Raises:
        ConfigurationError: the URL is not set.
    """

    def __init__(self, url: SecretStr | None) -> None:
        if url is None:
            raise ConfigurationError("READMISSION_SERVING_DATABASE__URL is not set: run `make up`, or set it")
        self._connections = AsyncConnections(url, 1)

    async def insert(
        self,
        version: str,
        prediction_ids: Sequence[str],
        risks_30d: Sequence[float],
        risks_any: Sequence[float],
        decisions: Sequence[str],
    ) -> None:
        """Store one batch; rows that are there already stay as they are.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        arrays = (uuid_array(prediction_ids), float8_array(risks_30d), float8_array(risks_any), text_array(decisions))
        try:
            async with self._connections.use() as connection:
                await connection.execute(_INSERT, (version, *arrays))
        except psycopg.Error as error:
            raise UnavailableError(f"PostgreSQL cannot store shadow predictions: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close the connection."""
        await self._connections.close()
