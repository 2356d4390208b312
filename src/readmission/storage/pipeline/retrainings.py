"""Repository of ``audit.retrainings``: every time training was asked for again, and why. Append-only."""

import hashlib
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

_CALIBRATION = """
SELECT target, value, rows FROM (
    SELECT DISTINCT ON (target) target, value, rows FROM monitoring.performance
    WHERE kind = 'realised' AND slice = 'all' AND metric = 'ece' AND model_version = %s AND origin = 'live'
    ORDER BY target, performance_id DESC) newest
WHERE value > %s AND rows >= %s
"""
_DRIFT = """
SELECT subject, source, rows, columns_drifted,
       (SELECT array_agg(column_name ORDER BY psi DESC) FROM monitoring.drift d
        WHERE d.report_id = newest.report_id AND d.drifted) AS columns
FROM (SELECT DISTINCT ON (subject) * FROM monitoring.reports WHERE model_version = %s AND origin = 'live'
      ORDER BY subject, report_id DESC) newest
WHERE drifted
"""


@dataclass(frozen=True, slots=True)
class Retraining:
    """Training asked for: ``cause`` is new_data, drift or calibration; ``training_data`` names the batches."""

    cause: str
    model_version: str
    training_data: str
    reason: str
    actor: str
    evidence: dict[str, Any]


def name_training_data(connection: psycopg.Connection) -> str:
    """A hash of the batches that train and validation hold now: other data, other name."""
    rows = connection.execute(
        "SELECT split, batch_number, raw_sha256 FROM clean.batches WHERE split <> 'test' ORDER BY 1, 2"
    ).fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def find_drifted_reports(connection: psycopg.Connection, version: str) -> list[dict[str, Any]]:
    """The newest comparison of each subject with a version, if it found drift."""
    names = ("subject", "source", "rows", "columns_drifted", "columns")
    return [dict(zip(names, row, strict=True)) for row in connection.execute(_DRIFT, (version,)).fetchall()]


def find_calibration_off(connection: psycopg.Connection, version: str, bound: float, rows: int) -> list[dict[str, Any]]:
    """Targets whose newest realised calibration error is beyond a bound, measured on at least so many rows."""
    found = connection.execute(_CALIBRATION, (version, bound, rows)).fetchall()
    return [dict(zip(("target", "ece", "rows"), row, strict=True)) for row in found]


def record_retraining(connection: psycopg.Connection, asked: Retraining) -> int | None:
    """Append a request; None if the same was asked before: same cause, model and training data.

    The same data would give the same model again, and the gate has judged it.
    """
    known = connection.execute(
        "SELECT 1 FROM audit.retrainings WHERE (cause, model_version, training_data) = (%s, %s, %s)",
        (asked.cause, asked.model_version, asked.training_data),
    ).fetchone()
    if known is not None:
        return None
    made = connection.execute(
        "INSERT INTO audit.retrainings (cause, model_version, training_data, reason, actor, evidence)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING retraining_id",
        (asked.cause, asked.model_version, asked.training_data, asked.reason, asked.actor, Jsonb(asked.evidence)),
    ).fetchone()
    assert made is not None  # noqa: S101 - RETURNING returns a row
    return int(made[0])
