"""Repository of ``serving.explanations``: the reasons of a stored prediction, written once."""

from typing import Any
from uuid import UUID

from readmission.storage.postgres.pool import Pool

# The first explanation of a prediction stands: asking again gives the same one.
_STORE = """
WITH added AS (
    INSERT INTO serving.explanations (prediction_id, model_version, explanation, asked_by) VALUES ($1, $2, $3, $4)
    ON CONFLICT (prediction_id) DO NOTHING RETURNING explanation)
SELECT explanation FROM added
UNION ALL SELECT explanation FROM serving.explanations WHERE prediction_id = $1 LIMIT 1
"""
_FIND = "SELECT explanation FROM serving.explanations WHERE prediction_id = $1"


class ExplanationStore:
    """Stores and finds explanations.

    Args:
        pool: of the serving role.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store(
        self, prediction_id: UUID, model_version: str, explanation: dict[str, Any], asked_by: str
    ) -> dict[str, Any]:
        """Store the explanation of a stored prediction, unless it has one already.

        Returns:
            The one that is stored.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        found = await self._fetch(_STORE, prediction_id, model_version, explanation, asked_by)
        return explanation if found is None else found

    async def find(self, prediction_id: UUID) -> dict[str, Any] | None:
        """The stored explanation of a prediction, or None.

        Raises:
            UnavailableError: PostgreSQL is away.
        """
        return await self._fetch(_FIND, prediction_id)

    async def _fetch(self, statement: str, *values: object) -> dict[str, Any] | None:
        # Either statement may run twice: the first explanation stands.
        found: dict[str, Any] | None = await self._pool.run(
            lambda connection: connection.fetchval(statement, *values), "keep explanations"
        )
        return found
