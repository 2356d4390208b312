"""Repository of ``serving.shadow_predictions``: a challenger's answers beside the champion's."""

from collections.abc import Sequence

from readmission.storage.postgres.pool import Pool

_INSERT = """
INSERT INTO serving.shadow_predictions (prediction_id, challenger_version, risk_30d, risk_any, decision)
SELECT row.prediction_id, $1, row.risk_30d, row.risk_any, row.decision
FROM unnest($2::uuid[], $3::float8[], $4::float8[], $5::text[]) AS row (prediction_id, risk_30d, risk_any, decision)
ON CONFLICT DO NOTHING
"""


class ShadowStore:
    """Stores what a challenger would have answered."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

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
        values = (version, prediction_ids, risks_30d, risks_any, decisions)
        await self._pool.run(lambda connection: connection.fetch(_INSERT, *values), "store shadow predictions")
