"""Figures Prometheus shows that are facts of PostgreSQL: batches, decisions of the gate, drift, quality.

The steps of the pipeline are short processes; what they did is in tables already, so it is read from there at
each scrape instead of being pushed. Every statement is bounded: it reads ledgers, or the newest report.
"""

from dataclasses import dataclass
from typing import Literal

import psycopg
from pydantic import SecretStr

from readmission.errors import ConfigurationError
from readmission.storage.postgres.connection import connect


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric and the statement that gives it: label values in order, then the number.

    ``kind``: a ``counter`` never falls. ``serving``: asked of the serving database.
    """

    name: str
    meaning: str
    labels: tuple[str, ...]
    statement: str
    kind: Literal["gauge", "counter"] = "gauge"
    serving: bool = False


_NEWEST_BATCHES = (
    "SELECT DISTINCT ON (split) * FROM clean.batches ORDER BY split, transformed_at DESC, batch_number DESC"
)
_NEWEST_REPORTS = (
    "SELECT DISTINCT ON (origin, subject) * FROM monitoring.reports ORDER BY origin, subject, report_id DESC"
)
_NEWEST_PERFORMANCE = (
    "SELECT DISTINCT ON (origin, kind, target, slice, metric) * FROM monitoring.performance"
    " ORDER BY origin, kind, target, slice, metric, performance_id DESC"
)
_NEWEST_PREDICTIONS = (  # bounded: a minute of load must not make a scrape slow
    "SELECT * FROM serving.predictions WHERE created_at > now() - interval '1 hour' ORDER BY created_at DESC LIMIT 10000"
)

FIGURES: tuple[Figure, ...] = (
    Figure("raw_batches", "Batches stored as served", ("split",), "SELECT split, count(*) FROM raw.batches GROUP BY 1"),
    Figure("raw_rows", "Encounters stored as served", ("split",), "SELECT split, sum(rows) FROM raw.batches GROUP BY 1"),
    Figure(
        "clean_rows", "Encounters typed and checked", ("split",), "SELECT split, sum(rows_clean) FROM clean.batches GROUP BY 1"
    ),
    Figure(
        "quarantined_rows", "Encounters that broke the contract", ("split",),
        "SELECT split, sum(rows_quarantined) FROM clean.batches GROUP BY 1",
    ),
    Figure(
        "last_batch_quarantined_ratio", "Share of the newest batch that broke the contract", ("split",),
        f"SELECT split, rows_quarantined::float8 / greatest(rows_raw, 1) FROM ({_NEWEST_BATCHES}) newest",
    ),
    Figure(
        "last_batch_timestamp_seconds", "When the newest batch was stored (raw) or transformed (clean)", ("step",),
        "SELECT 'raw', extract(epoch FROM max(ingested_at)) FROM raw.batches HAVING count(*) > 0"
        " UNION ALL SELECT 'clean', extract(epoch FROM max(transformed_at)) FROM clean.batches HAVING count(*) > 0",
    ),
    Figure(
        "promotions_total", "Decisions of the gate and rollbacks", ("decision",),
        "SELECT decision, count(p.decision) FROM unnest("
        "ARRAY['promoted', 'kept', 'refused', 'rolled_back', 'signed', 'canary_allowed']) decision"
        " LEFT JOIN audit.promotions p USING (decision) GROUP BY 1", kind="counter",
    ),
    Figure(
        "champion_version", "Version the last decision made live", (),
        "SELECT live_version::float8 FROM audit.promotions WHERE live_version ~ '^[0-9]+$' ORDER BY promotion_id DESC LIMIT 1",
    ),
    Figure(
        "gate_metric", "Metrics of the last gate on the validation patients", ("contestant", "metric"),
        "SELECT contestant, metric, value::float8 FROM (SELECT evidence FROM audit.promotions WHERE evidence ? 'checks'"
        " ORDER BY promotion_id DESC LIMIT 1) last, unnest(ARRAY['challenger', 'champion']) contestant,"
        " jsonb_each_text(CASE jsonb_typeof(evidence -> contestant) WHEN 'object' THEN evidence -> contestant ELSE '{}' END)"
        " AS found (metric, value)",
    ),
    Figure(
        "retrainings_total", "Retrainings asked for, by cause", ("cause",),
        "SELECT cause, count(r.cause) FROM unnest(ARRAY['new_data', 'drift', 'calibration']) cause"
        " LEFT JOIN audit.retrainings r USING (cause) GROUP BY 1", kind="counter",
    ),
    Figure(
        "drift_detected", "1 if the newest comparison with the champion's training profile found drift", ("origin", "subject"),
        f"SELECT origin, subject, drifted::int FROM ({_NEWEST_REPORTS}) newest",
    ),
    Figure(
        "drift_columns", "Columns found drifted in the newest comparison", ("origin", "subject"),
        f"SELECT origin, subject, columns_drifted FROM ({_NEWEST_REPORTS}) newest",
    ),
    Figure(
        "drift_rows", "Encounters in the newest comparison", ("origin", "subject"),
        f"SELECT origin, subject, rows FROM ({_NEWEST_REPORTS}) newest",
    ),
    Figure(
        "drift_psi", "Population stability index in the newest comparison", ("origin", "subject", "column"),
        f"SELECT origin, subject, column_name, psi FROM ({_NEWEST_REPORTS}) newest JOIN monitoring.drift USING (report_id)",
    ),
    Figure(
        "drift_missing_change", "Change of the share of missing values in the newest comparison", ("origin", "subject", "column"),
        "SELECT origin, subject, column_name, missing_found - missing_expected"
        f" FROM ({_NEWEST_REPORTS}) newest JOIN monitoring.drift USING (report_id) WHERE column_name !~ '^risk_'",
    ),
    Figure(
        "drift_new_values", "Values never seen in training, in the newest comparison", ("origin", "subject", "column"),
        "SELECT origin, subject, column_name, new_values"
        f" FROM ({_NEWEST_REPORTS}) newest JOIN monitoring.drift USING (report_id) WHERE new_values > 0",
    ),
    Figure(
        "model_performance", "Newest performance, realised (labels in) or estimated (before labels)",
        ("origin", "kind", "target", "slice", "metric", "model_version"),
        f"SELECT origin, kind, target, slice, metric, model_version, value FROM ({_NEWEST_PERFORMANCE}) newest",
    ),
    Figure(
        "model_performance_low", "Lower end of the 95 % interval of model_performance", ("origin", "kind", "target", "slice", "metric", "model_version"),
        f"SELECT origin, kind, target, slice, metric, model_version, low FROM ({_NEWEST_PERFORMANCE}) newest WHERE low IS NOT NULL",
    ),
    Figure(
        "model_performance_high", "Upper end of the 95 % interval of model_performance", ("origin", "kind", "target", "slice", "metric", "model_version"),
        f"SELECT origin, kind, target, slice, metric, model_version, high FROM ({_NEWEST_PERFORMANCE}) newest WHERE high IS NOT NULL",
    ),
    Figure(
        "predictions_newest", "The newest predictions (at most 10,000 of the last hour), by version and decision",
        ("model_version", "decision"),
        f"SELECT model_version, decision, count(*) FROM ({_NEWEST_PREDICTIONS}) newest GROUP BY 1, 2", serving=True,
    ),
    Figure(
        "predictions_newest_by_risk", "The newest predictions by tenth of the risk", ("target", "upto"),
        "SELECT target, ((least(floor(risk * 10), 9) + 1) / 10)::text, count(*)"
        f" FROM ({_NEWEST_PREDICTIONS}) newest, LATERAL (VALUES ('risk_30d', risk_30d), ('risk_any', risk_any))"
        " risks (target, risk) GROUP BY 1, 2", serving=True,
    ),
    Figure(
        "prediction_last_stored_timestamp_seconds", "When the newest prediction was stored", (),
        "SELECT extract(epoch FROM created_at) FROM serving.predictions ORDER BY created_at DESC LIMIT 1", serving=True,
    ),
    Figure(
        "outcomes_total", "Outcomes reported, by kind of report", ("kind",),
        "SELECT kind, count(o.kind) FROM unnest(ARRAY['first', 'duplicate', 'correction']) kind"
        " LEFT JOIN serving.outcomes o USING (kind) GROUP BY 1", kind="counter", serving=True,
    ),
    Figure(
        "feedback_total", "What clinicians said of answers, as stored", ("verdict",),
        "SELECT verdict, count(f.verdict) FROM unnest(ARRAY['agree', 'override']) verdict"
        " LEFT JOIN serving.feedback f USING (verdict) GROUP BY 1", kind="counter", serving=True,
    ),
    Figure(
        "feedback_overridden", "Overrides by what the overridden answer said and which version gave it",
        ("model_version", "decision"),
        "SELECT model_version, decision, count(*) FROM serving.feedback JOIN serving.predictions USING (prediction_id)"
        " WHERE verdict = 'override' GROUP BY 1, 2", serving=True,
    ),
)  # fmt: skip

Reading = list[tuple[tuple[str, ...], float]]


class FigureReader:
    """Reads all figures over one connection a database, opened anew if it was lost.

    Args:
        url: libpq URL of a role that may read the pipeline's schemas.
        serving_url: the same for schema ``serving``.

    Raises:
        ConfigurationError: a URL is not set.
    """

    def __init__(self, url: SecretStr | None, serving_url: SecretStr | None) -> None:
        if url is None or serving_url is None:
            missing = "READMISSION_DATABASE__URL" if url is None else "READMISSION_SERVING_DATABASE__URL"
            raise ConfigurationError(f"{missing} is not set: start the platform with `make up`, or set it")
        self._databases = {
            False: ("READMISSION_DATABASE__URL", url),
            True: ("READMISSION_SERVING_DATABASE__URL", serving_url),
        }

    def read(self) -> list[tuple[Figure, Reading]]:
        """Every figure with its label values and numbers.

        A figure whose table is not there yet (before the first `create-tables`) has no reading.

        Raises:
            UnavailableError: PostgreSQL does not answer.
        """
        found = []
        for serving, (setting, url) in self._databases.items():
            with connect(url, setting, autocommit=True, timeout_seconds=3) as connection:
                connection.execute("SET statement_timeout = '5s'")
                found += [(figure, _read(connection, figure)) for figure in FIGURES if figure.serving == serving]
        return found


def _read(connection: psycopg.Connection, figure: Figure) -> Reading:
    try:
        rows = connection.execute(figure.statement).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return []
    return [(tuple(map(str, row[:-1])), float(row[-1])) for row in rows]
