"""Every Prometheus metric of every process, in one place.

Labels carry names, numbers and outcomes, never a patient's value. With ``PROMETHEUS_MULTIPROC_DIR``
set, the figures of all workers of a service are added up at each scrape.
"""

import os
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

# A second series for every counter, which nothing here reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"

# -- every HTTP service ---------------------------------------------------------------------------
http_requests_total = Counter("http_requests_total", "Requests answered", ["service", "method", "route", "status"])
http_request_duration_seconds = Histogram(
    "http_request_duration_seconds",
    "Time from a request's first byte to its answer's last",
    ["service", "method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

# -- data service ---------------------------------------------------------------------------------
data_batches_served_total = Counter(
    "data_batches_served_total", "Batches given out, by split and format", ["split", "format"]
)
data_rows_served_total = Counter(
    "data_rows_served_total", "Encounters given out, by split and format", ["split", "format"]
)
data_arrivals_total = Counter("data_arrivals_total", "Arrivals received, by outcome", ["outcome"])
data_prepared_rows = Gauge(
    "data_prepared_rows", "Encounters ready to be given out, by split", ["split"], multiprocess_mode="livemostrecent"
)

# -- inference service ------------------------------------------------------------------------------
predict_requests_total = Counter(
    "predict_requests_total",
    "Requests for one prediction, by outcome: answered, invalid, not_eligible, unavailable, failed",
    ["outcome"],
)
predict_latency_seconds = Histogram(
    "predict_latency_seconds",
    "Time from a prediction request's headers to its answer, the record in PostgreSQL included",
    buckets=(0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
predict_batch_rows = Histogram(
    "predict_batch_rows", "Requests answered together in one micro-batch", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
shadow_rows_total = Counter(
    "shadow_rows_total", "Predictions offered to a challenger, by outcome: stored, dropped, failed", ["outcome"]
)
batch_rows_total = Counter(
    "batch_rows_total", "Rows of POST /predict/batch, by outcome: answered, refused", ["outcome"]
)
predictions_not_stored_total = Counter(
    "predictions_not_stored_total", "Requests refused because nothing durable could take their record"
)
predictions_journaled_total = Counter(
    "predictions_journaled_total", "Predictions stored in the journal because PostgreSQL was away"
)
prediction_journal_rows = Gauge(
    "prediction_journal_rows",
    "Acknowledged predictions in the local journal that wait for PostgreSQL",
    multiprocess_mode="livemostrecent",
)
prediction_store_seconds = Histogram(
    "prediction_store_seconds",
    "Time until a micro-batch of predictions is durable, in PostgreSQL or in the journal",
    buckets=(0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
prediction_store_lag_seconds = Gauge(
    "prediction_store_lag_seconds",
    "Age of the oldest acknowledged prediction that PostgreSQL does not hold yet; 0 if it holds all",
    multiprocess_mode="livemostrecent",
)
prediction_feedback_total = Counter(
    "prediction_feedback_total", "What clinicians said of answers: agree, override", ["verdict"]
)
model_live_info = Gauge(
    "model_live_info", "1 for the model version that answers", ["model_version"], multiprocess_mode="livemax"
)
model_swaps_total = Counter(
    "model_swaps_total", "Times a worker went from one live version to another, rollbacks included"
)
model_refused_total = Counter("model_refused_total", "Model versions refused by a check")
registry_polls_total = Counter("registry_polls_total", "Looks at the registry's alias, by outcome", ["outcome"])
model_custody_problem = Gauge(
    "model_custody_problem",
    "1 while the record of promotions, the registry's alias and what answers do not fit; by problem: not-recorded,"
    " alias-elsewhere, alias-behind, not-signed, not-confirmed",
    ["problem"],
    multiprocess_mode="livemax",
)


def render_metrics() -> tuple[bytes, str]:
    """The exposition of this service's metrics and its media type."""
    directory = os.environ.get(MULTIPROCESS_DIR)
    if not directory:
        return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
    reap_dead_workers(Path(directory))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=directory)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST


def reap_dead_workers(directory: Path) -> list[int]:
    """Forget the live gauges of workers that are gone: a killed worker would count as alive for ever.

    Counters and histograms of dead workers stay, so totals never fall.
    """
    pids = {int(file.stem.rsplit("_", 1)[1]) for file in directory.glob("gauge_live*_*.db")}
    dead = sorted(pid for pid in pids if not _is_running(pid))
    for pid in dead:
        mark_process_dead(pid, path=str(directory))  # type: ignore[no-untyped-call]
    return dead


def prepare_multiprocess_dir() -> None:
    """Empty the workers' folder; called once by the parent before any worker starts."""
    named = os.environ.get(MULTIPROCESS_DIR)
    if not named:
        return
    directory = Path(named)
    directory.mkdir(parents=True, exist_ok=True)
    for file in directory.glob("*.db"):
        file.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    """False for a pid that is gone or a zombie nobody has waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()  # no /proc on macOS: the signal's word stands
