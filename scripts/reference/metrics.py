"""docs/reference/metrics.md: every metric our own processes give."""

import readmission.observability.metrics as metrics
from readmission.services.metrics_exporter.collect import AIRFLOW_METRICS, DATABASE_UP, TRAINING_METRICS
from readmission.storage.pipeline.platform_figures import FIGURES


def _row(name: str, kind: str, labels: tuple[str, ...], meaning: str) -> str:
    return f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {meaning} |"


def _services() -> list[str]:
    found = []
    for value in vars(metrics).values():
        kind = type(value).__name__
        if kind in ("Counter", "Gauge", "Histogram"):
            name = value._name + ("_total" if kind == "Counter" else "")
            found.append(_row(name, kind.lower(), value._labelnames, value._documentation))
    return sorted(found)


def render() -> str:
    """The page as Markdown."""
    head = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    facts = [_row(figure.name, figure.kind, figure.labels, figure.meaning) for figure in FIGURES]
    airflow = [_row(name, "gauge", labels, meaning) for name, (meaning, labels) in AIRFLOW_METRICS.items()]
    training = [_row(name, "gauge", labels, meaning) for name, (meaning, labels) in TRAINING_METRICS.items()]
    return "\n".join(
        [
            "# Metrics",
            "",
            "Labels carry names, numbers and outcomes, never a patient's value. How to look at them: "
            "[watch the system](../how-to/watch-the-system.md).",
            "",
            "## The services themselves (`/metrics` of data service and inference service)",
            "",
            "With several workers the figures of all are added up; a worker that was killed keeps its share of the "
            "totals and loses its share of what is live.",
            "",
            *head,
            *_services(),
            "",
            "## The metrics exporter: facts of PostgreSQL",
            "",
            *head,
            _row(DATABASE_UP[0], "gauge", (), DATABASE_UP[1]),
            *facts,
            "",
            "## The metrics exporter: Airflow",
            "",
            *head,
            *airflow,
            "",
            "## The metrics exporter: training, from MLflow",
            "",
            *head,
            *training,
            "",
            "## Load test (while one runs)",
            "",
            "`load_test_users`, `load_test_requests_total{name}`, `load_test_failures_total{name}` and the histogram "
            "`load_test_latency_seconds{name}`, from the process of Locust that adds up all workers.",
            "",
            "## Others",
            "",
            "MLflow (`mlflow_http_request_*`), PostgreSQL (`pg_*`, Debian's prometheus-postgres-exporter) and the "
            "machine (`node_*`, Debian's prometheus-node-exporter).",
        ]
    )
