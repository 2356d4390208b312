"""The Operations tab's plots: what each asks of Prometheus."""

from dataclasses import dataclass

_BUCKETS = "sum by (le) (rate(predict_latency_seconds_bucket[1m]))"


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot: ``queries`` maps the name of a line to PromQL; ``scale`` turns values into ``unit``."""

    key: str
    title: str
    unit: str
    queries: dict[str, str]
    scale: float = 1.0


PANELS: tuple[Panel, ...] = (
    Panel(
        "rate",
        "Predictions",
        "a second",
        {"answered": 'sum(rate(predict_requests_total{outcome="answered"}[1m]))'},
    ),
    Panel(
        "latency",
        "Time to a stored answer",
        "ms",
        {
            name: f"histogram_quantile({level}, {_BUCKETS})"
            for name, level in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
        },
        1000.0,
    ),
    Panel(
        "errors",
        "Requests not answered",
        "a second",
        {
            "invalid": 'sum(rate(predict_requests_total{outcome=~"invalid|not_eligible"}[1m]))',
            "unavailable": 'sum(rate(predict_requests_total{outcome=~"unavailable|failed"}[1m]))',
        },
    ),
    Panel("drift", "Drift: highest stability index (PSI)", "PSI", {"PSI": "max(drift_psi)"}),
    Panel("lag", "Predictions waiting for PostgreSQL", "rows", {"rows": "sum(prediction_journal_rows)"}),
    Panel(
        "feedback",
        "What clinicians said",
        "verdicts",
        {verdict: f'sum(prediction_feedback_total{{verdict="{verdict}"}})' for verdict in ("agree", "override")},
    ),
)
