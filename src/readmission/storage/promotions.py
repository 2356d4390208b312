"""Repository of ``audit.promotions``: every decision of the gate and every rollback, append-only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from readmission.storage.database import connect

_LOCK_KEY = 7_296_003
_FIELDS = (
    "model_name, decision, challenger_version, champion_version, live_version, reason, actor, evidence,"
    " dataset_kind, dataset_sha256, code_commit"
)
_LIST = """
SELECT promotion_id, decided_at, model_name, decision, challenger_version, champion_version, live_version,
       reason, actor, evidence, dataset_kind, dataset_sha256, code_commit
FROM audit.promotions ORDER BY promotion_id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Promotion:
    """One decision.

    ``decision``: promoted, kept, refused or rolled_back. ``live_version``: the version that answers from
    then on; None where none does. ``evidence``: all numbers the decision rests on.
    """

    model_name: str
    decision: str
    challenger_version: str | None
    champion_version: str | None
    live_version: str | None
    reason: str
    actor: str
    evidence: dict[str, Any]
    dataset_kind: str
    dataset_sha256: str
    code_commit: str


@contextmanager
def decide_alone(connection: psycopg.Connection) -> Iterator[None]:
    """Let one decision at a time be taken; held by the session, so a crash lets go of it."""
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK_KEY,))
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK_KEY,))


def record_promotion(connection: psycopg.Connection, promotion: Promotion) -> int:
    """Append a decision; the caller's commit makes it durable.

    Returns:
        Its number.
    """
    row = connection.execute(
        f"INSERT INTO audit.promotions ({_FIELDS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
        " RETURNING promotion_id",
        (
            promotion.model_name,
            promotion.decision,
            promotion.challenger_version,
            promotion.champion_version,
            promotion.live_version,
            promotion.reason,
            promotion.actor,
            Jsonb(promotion.evidence),
            promotion.dataset_kind,
            promotion.dataset_sha256,
            promotion.code_commit,
        ),
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING gives a row
    return int(row[0])


def list_promotions(url: SecretStr | None, limit: int) -> list[dict[str, Any]]:
    """The latest decisions, newest first.

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LIST, (limit,)).fetchall()
