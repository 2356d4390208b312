"""Repository of ``serving.explanations``: the reasons of a stored prediction, written once."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from readmission.errors import UnavailableError
from readmission.storage.postgres.async_connections import AsyncConnections

_CONNECTIONS = 2
# The first explanation of a prediction stands: asking again gives the same one.
_STORE = """
WITH added AS (
    INSERT INTO serving.explanations (prediction_id, model_version, explanation, asked_by) VALUES (%s, %s, %s, %s)
    ON CONFLICT (prediction_id) DO NOTHING RETURNING explanation)
SELECT explanation FROM added
UNION ALL SELECT explanation FROM serving.explanations WHERE prediction_id = %s LIMIT 1
"""
_FIND = "SELECT explanation FROM serving.explanations WHERE prediction_id = %s"


class ExplanationStore:
    """Stores and finds explanations.

    Args:
        url: libpq URL of the serving role.

    Raises:
        ConfigurationError: the URL is not set.
    """

    def __init__(self, url: SecretStr | None) -> None:
        self._connections = AsyncConnections(url, _CONNECTIONS)

    async def store(
        self, prediction_id: UUID, model_version: str, explanation: dict[str, Any], asked_by: str
    ) -> dict[str, Any]:
        """Store the explanation of a stored prediction, unless it has one already.

        Returns:
            The one that is stored.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        values = (prediction_id, model_version, Jsonb(explanation), asked_by, prediction_id)
        found = await self._fetch(_STORE, values)
        return explanation if found is None else found

    async def find(self, prediction_id: UUID) -> dict[str, Any] | None:
        """The stored explanation of a prediction, or None.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        return await self._fetch(_FIND, (prediction_id,))

    async def close(self) -> None:
        """Close every idle connection."""
        await self._connections.close()

    async def _fetch(self, statement: str, values: tuple[object, ...]) -> dict[str, Any] | None:
        try:
            row = await self._ask(statement, values, fresh=False)
        except psycopg.OperationalError:  # an idle connection was lost: both statements may run twice
            try:
                row = await self._ask(statement, values, fresh=True)
            except psycopg.OperationalError as error:
                raise UnavailableError("PostgreSQL does not answer") from error
        return None if row is None else row[0]

    async def _ask(self, statement: str, values: tuple[object, ...], *, fresh: bool) -> Any:
        async with self._connections.use(fresh=fresh) as connection:
            return await (await connection.execute(statement, values)).fetchone()
