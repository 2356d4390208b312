"""Repository of the schema ``monitoring``, and what the monitor reads of predictions and batches."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from readmission.contract.encounter import INPUT_COLUMNS

_DRIFT_COLUMNS = (
    "column_name, psi, test, statistic, p_value, adjusted_p_value, missing_expected, missing_found, new_values, drifted"
)


@dataclass(frozen=True, slots=True)
class MonitoredPrediction:
    """A stored prediction; ``readmitted`` is None while its outcome is not known."""

    prediction_id: UUID
    created_at: datetime
    risk_30d: float
    risk_any: float
    encounter_id: int | None
    patient_nbr: int | None
    encounter: dict[str, Any]
    readmitted: str | None


@dataclass(frozen=True, slots=True)
class CleanBatch:
    """A transformed batch."""

    split: str
    number: int

    @property
    def name(self) -> str:
        """Display name: ``train/0``."""
        return f"{self.split}/{self.number}"


@dataclass(frozen=True, slots=True)
class PerformanceRow:
    """One metric of one window, as monitoring.performance holds it."""

    model_version: str
    kind: str
    window_start: datetime
    window_end: datetime
    target: str
    slice: str
    rows: int
    metric: str
    value: float
    low: float | None = None
    high: float | None = None


def read_predictions(
    connection: psycopg.Connection, version: str, limit: int, days: int, *, labelled: bool
) -> list[MonitoredPrediction]:
    """The newest predictions of a version, oldest first.

    Args:
        connection: to the serving database.
        version: model version.
        limit: most rows.
        days: how far back.
        labelled: only those whose outcome is known.
    """
    join = "JOIN" if labelled else "LEFT JOIN"
    found = connection.execute(
        "SELECT p.prediction_id, p.created_at, p.risk_30d, p.risk_any, p.encounter_id, p.patient_nbr, p.encounter,"  # noqa: S608
        " o.readmitted"
        f" FROM serving.predictions p {join} serving.latest_outcomes o USING (prediction_id)"
        " WHERE p.model_version = %s AND p.created_at > now() - make_interval(days => %s)"
        " ORDER BY p.created_at DESC, p.prediction_id DESC LIMIT %s",
        (version, days, limit),
    ).fetchall()
    return [MonitoredPrediction(*row) for row in reversed(found)]


def list_versions_with_outcomes(connection: psycopg.Connection, days: int) -> list[str]:
    """Versions whose predictions of the last days have outcomes, the one that answered last at the end."""
    found = connection.execute(
        "SELECT p.model_version FROM serving.latest_outcomes o JOIN serving.predictions p USING (prediction_id)"
        " WHERE p.created_at > now() - make_interval(days => %s) GROUP BY 1 ORDER BY max(p.created_at)",
        (days,),
    ).fetchall()
    return [str(row[0]) for row in found]


def list_batches_since_promotion(connection: psycopg.Connection, version: str) -> list[CleanBatch]:
    """Batches transformed after a version first went live and not yet compared with it."""
    found = connection.execute(
        "SELECT b.split, b.batch_number FROM clean.batches b"
        " WHERE b.transformed_at > (SELECT min(decided_at) FROM audit.promotions WHERE live_version = %s)"
        " AND NOT EXISTS (SELECT FROM monitoring.reports r WHERE r.model_version = %s AND r.subject = 'batch'"
        " AND r.source = b.split || '/' || b.batch_number)"
        " ORDER BY b.transformed_at, b.split, b.batch_number",
        (version, version),
    ).fetchall()
    return [CleanBatch(*row) for row in found]


def read_batch(connection: psycopg.Connection, batch: CleanBatch) -> list[dict[str, Any]]:
    """The eligible encounters of a transformed batch, input columns only."""
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in INPUT_COLUMNS)
    statement = sql.SQL(
        "SELECT {} FROM clean.encounters WHERE (split, batch_number) = (%s, %s) AND eligible ORDER BY encounter_id"
    ).format(names)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, (batch.split, batch.number)).fetchall()


def has_report(connection: psycopg.Connection, version: str, subject: str, source: str) -> bool:
    """True if this was compared with this version before."""
    found = connection.execute(
        "SELECT 1 FROM monitoring.reports WHERE (model_version, subject, source) = (%s, %s, %s)",
        (version, subject, source),
    )
    return found.fetchone() is not None


def record_report(
    connection: psycopg.Connection, version: str, subject: str, source: str, rows: int, columns: Sequence[Any]
) -> int:
    """Store a comparison and its columns (``learning.drift.columns.ColumnDrift``); returns its number."""
    drifted = sum(column.drifted for column in columns)
    made = connection.execute(
        "INSERT INTO monitoring.reports (model_version, subject, source, rows, drifted, columns_drifted)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING report_id",
        (version, subject, source, rows, drifted > 0, drifted),
    ).fetchone()
    assert made is not None  # noqa: S101 - RETURNING returns a row
    report_id = int(made[0])
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO monitoring.drift (report_id, {_DRIFT_COLUMNS}) VALUES (%(report_id)s, %(column)s, %(psi)s,"  # noqa: S608
            " %(test)s, %(statistic)s, %(p_value)s, %(adjusted_p_value)s, %(missing_expected)s, %(missing_found)s,"
            " %(new_values)s, %(drifted)s)",
            [{"report_id": report_id, **asdict(column)} for column in columns],
        )
    return report_id


def record_performance(connection: psycopg.Connection, rows: Sequence[PerformanceRow]) -> int:
    """Store the metrics of a window; if the newest stored ones are the same, nothing is added."""
    if not rows:
        return 0
    first = rows[0]
    newest = connection.execute(
        "SELECT window_end, rows, value FROM monitoring.performance WHERE origin = 'live'"
        " AND (model_version, kind, target, slice, metric) = (%s, %s, %s, %s, %s)"
        " ORDER BY performance_id DESC LIMIT 1",
        (first.model_version, first.kind, first.target, first.slice, first.metric),
    ).fetchone()
    if newest == (first.window_end, first.rows, first.value):
        return 0
    names = [field.name for field in fields(PerformanceRow)]
    statement = sql.SQL("INSERT INTO monitoring.performance ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(map(sql.Placeholder, names))
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [asdict(row) for row in rows])
    return len(rows)


def copy_to(source: psycopg.Connection, target: psycopg.Connection, prefix: str) -> dict[str, int]:
    """Copy every report and metric of one database into another as those of a simulation.

    Args:
        source: the simulation's database.
        target: the live platform's.
        prefix: put before the reports' sources, so that two simulations stay apart.

    Returns:
        Rows copied, by table.
    """
    reports = source.execute(
        "SELECT report_id, made_at, model_version, subject, source, rows, drifted, columns_drifted"
        " FROM monitoring.reports ORDER BY report_id"
    ).fetchall()
    for report_id, made_at, version, subject, name, *rest in reports:
        made = target.execute(
            "INSERT INTO monitoring.reports (origin, made_at, model_version, subject, source, rows, drifted,"
            " columns_drifted) VALUES ('simulation', %s, %s, %s, %s, %s, %s, %s) RETURNING report_id",
            (made_at, version, subject, f"{prefix} {name}", *rest),
        ).fetchone()
        columns = source.execute(
            f"SELECT {_DRIFT_COLUMNS} FROM monitoring.drift WHERE report_id = %s",  # noqa: S608
            (report_id,),
        ).fetchall()
        values = ", ".join(["%s"] * (1 + len(_DRIFT_COLUMNS.split(","))))
        with target.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO monitoring.drift (report_id, {_DRIFT_COLUMNS}) VALUES ({values})",  # noqa: S608
                [((made or (0,))[0], *column) for column in columns],
            )
    names = [field.name for field in fields(PerformanceRow)]
    listed = sql.SQL(", ").join(map(sql.Identifier, ("made_at", *names)))
    metrics = source.execute(
        sql.SQL("SELECT {} FROM monitoring.performance ORDER BY performance_id").format(listed)
    ).fetchall()
    with target.cursor() as cursor:
        cursor.executemany(
            sql.SQL("INSERT INTO monitoring.performance (origin, {}) VALUES ('simulation', {})").format(
                listed, sql.SQL(", ").join([sql.Placeholder()] * (len(names) + 1))
            ),
            metrics,
        )
    return {"reports": len(reports), "metrics": len(metrics)}
