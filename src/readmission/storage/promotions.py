"""Repository of ``audit.promotions``: every decision of the gate and every rollback, append-only."""

from typing import Any

from psycopg.rows import dict_row
from pydantic import SecretStr

from readmission.storage.database import connect

_LIST = """
SELECT promotion_id, decided_at, model_name, decision, challenger_version, champion_version, live_version,
       reason, actor, evidence, dataset_kind, dataset_sha256, code_commit
FROM audit.promotions ORDER BY promotion_id DESC LIMIT %s
"""


def list_promotions(url: SecretStr | None, limit: int) -> list[dict[str, Any]]:
    """The latest decisions, newest first.

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LIST, (limit,)).fetchall()
