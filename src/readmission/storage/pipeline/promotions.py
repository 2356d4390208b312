"""Repository of ``audit.promotions``: every decision of the gate and every rollback, append-only."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from readmission.contract.promotion import Promotion, RecordedPromotion, RollBack
from readmission.errors import ConflictError
from readmission.storage.postgres.connection import connect

_LOCK_KEY = 7_296_003
_FIELDS = tuple(Promotion.model_fields)
_SELECT = f"SELECT {', '.join(RecordedPromotion.model_fields)} FROM audit.promotions"  # noqa: S608 - our own names
_INSERT = (
    f"INSERT INTO audit.promotions ({', '.join(_FIELDS)}) VALUES ({', '.join(['%s'] * len(_FIELDS))})"  # noqa: S608
    " RETURNING promotion_id"
)


@contextmanager
def decide_alone(connection: psycopg.Connection) -> Iterator[None]:
    """Let one decision at a time be taken; held by the session, so a crash lets go of it."""
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK_KEY,))
    connection.commit()  # a decision takes minutes: an open transaction would run into the role's limit
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK_KEY,))


def record_promotion(connection: psycopg.Connection, promotion: Promotion) -> int:
    """Append a decision; the caller's commit makes it durable.

    Returns:
        Its number.
    """
    values = promotion.model_dump()
    row = connection.execute(_INSERT, [Jsonb(values[name]) if name == "evidence" else values[name] for name in _FIELDS])
    number = row.fetchone()
    assert number is not None  # noqa: S101 - RETURNING returns a row
    return int(number[0])


def record_roll_back(connection: psycopg.Connection, asked: RollBack) -> int:
    """Append a return to a version that was promoted before; the caller's commit makes it durable.

    Unlike :func:`record_promotion` the serving role may do this too: PostgreSQL itself looks up what the version was
    promoted with, its signature among it, and refuses one that never was.

    Args:
        connection: of the role of the gate or of serving.
        asked: which version, who asked and why.

    Returns:
        Its number.

    Raises:
        ConflictError: the version was never promoted, or is live.
    """
    values = (
        *(asked.model_name, asked.version, asked.actor, asked.reason),
        *(Jsonb(dict(asked.evidence)), asked.code_commit),
    )
    try:
        row = connection.execute("SELECT audit.record_roll_back(%s, %s, %s, %s, %s, %s)", values).fetchone()
    except psycopg.errors.RaiseException as error:
        raise ConflictError(str(error.diag.message_primary)) from error
    assert row is not None  # noqa: S101 - SELECT of a function gives a row
    return int(row[0])


def list_promotions(url: SecretStr | None, limit: int) -> list[dict[str, Any]]:
    """The latest decisions, newest first.

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(f"{_SELECT} ORDER BY promotion_id DESC LIMIT %s", (limit,)).fetchall()


def find_promotion(url: SecretStr | None, version: str) -> dict[str, Any] | None:
    """The newest decision by which the gate promoted a version, or None.

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer.
    """
    query = f"{_SELECT} WHERE decision = 'promoted' AND challenger_version = %s ORDER BY promotion_id DESC LIMIT 1"
    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, (version,)).fetchone()


def find_decision(url: SecretStr | None, at: datetime) -> dict[str, Any] | None:
    """The last decision up to a time that left a version live, or None.

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer.
    """
    query = f"{_SELECT} WHERE decided_at <= %s AND live_version IS NOT NULL ORDER BY promotion_id DESC LIMIT 1"
    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, (at,)).fetchone()
