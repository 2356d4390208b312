"""The exporter's metrics, made anew at each scrape. A part that is away costs its own figures, not the scrape."""

import logging
from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from readmission.errors import UnavailableError
from readmission.services.metrics_exporter.airflow_runs import STATES, AirflowRuns
from readmission.storage.pipeline.platform_figures import FIGURES, Figure, FigureReader, Reading
from readmission.storage.registry.training_runs import TrainingRuns

AIRFLOW_METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "airflow_up": ("1 if Airflow's REST API answers", ()),
    "airflow_part_healthy": ("1 if Airflow calls this part healthy", ("part",)),
    "airflow_dag_last_run_state": ("1 for the state of a DAG's newest run", ("dag", "state")),
    "airflow_dag_last_run_duration_seconds": ("How long a DAG's newest run took, or has been running", ("dag",)),
    "airflow_dag_last_run_end_timestamp_seconds": ("When a DAG's newest run ended", ("dag",)),
}
TRAINING_METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "training_results_up": ("1 if MLflow gave the results of training", ()),
    "training_metric": ("Mean over the folds of a candidate's newest training", ("candidate", "metric")),
    "training_failed": ("1 if a candidate's newest training failed", ("candidate",)),
    "training_duration_seconds": ("How long a candidate's newest training took", ("candidate",)),
    "training_end_timestamp_seconds": ("When a candidate's newest training ended", ("candidate",)),
}
DATABASE_UP = ("figures_database_up", "1 if PostgreSQL gave the figures")
_logger = logging.getLogger(__name__)


class FigureCollector(Collector):
    """PostgreSQL's figures."""

    def __init__(self, reader: FigureReader) -> None:
        self._reader = reader

    def describe(self) -> list[Metric]:
        """Nothing is read when the collector is registered."""
        return [_family(figure, []) for figure in FIGURES]

    def collect(self) -> Iterator[Metric]:
        """Read every figure."""
        try:
            found = self._reader.read()
        except UnavailableError as error:
            _logger.warning("no figures: %s", error.message)
            yield GaugeMetricFamily(*DATABASE_UP, value=0)
            return
        yield GaugeMetricFamily(*DATABASE_UP, value=1)
        for figure, reading in found:
            yield _family(figure, reading)


class AirflowCollector(Collector):
    """Airflow's health and runs."""

    def __init__(self, runs: AirflowRuns) -> None:
        self._runs = runs

    def describe(self) -> list[Metric]:
        """Nothing is read when the collector is registered."""
        return list(_families(AIRFLOW_METRICS).values())

    def collect(self) -> Iterator[Metric]:
        """Ask Airflow."""
        families = _families(AIRFLOW_METRICS)
        try:
            for part, healthy in self._runs.health().items():
                families["airflow_part_healthy"].add_metric([part], float(healthy))
            for run in self._runs.last_runs():
                for state in STATES:
                    families["airflow_dag_last_run_state"].add_metric([run.dag_id, state], float(run.state == state))
                families["airflow_dag_last_run_duration_seconds"].add_metric([run.dag_id], run.duration_seconds)
                if run.ended_at is not None:
                    families["airflow_dag_last_run_end_timestamp_seconds"].add_metric([run.dag_id], run.ended_at)
            families["airflow_up"].add_metric([], 1)
        except UnavailableError as error:
            _logger.warning("no figures of Airflow: %s", error.message)
            families = _families(AIRFLOW_METRICS)
            families["airflow_up"].add_metric([], 0)
        yield from families.values()


class TrainingCollector(Collector):
    """Results of training."""

    def __init__(self, runs: TrainingRuns) -> None:
        self._runs = runs

    def describe(self) -> list[Metric]:
        """Nothing is read when the collector is registered."""
        return list(_families(TRAINING_METRICS).values())

    def collect(self) -> Iterator[Metric]:
        """Ask MLflow."""
        families = _families(TRAINING_METRICS)
        try:
            for run in self._runs.newest():
                for name, value in run.metrics.items():
                    families["training_metric"].add_metric([run.candidate, name], value)
                families["training_failed"].add_metric([run.candidate], float(run.failed))
                families["training_duration_seconds"].add_metric([run.candidate], run.duration_seconds)
                families["training_end_timestamp_seconds"].add_metric([run.candidate], run.ended_at)
            families["training_results_up"].add_metric([], 1)
        except UnavailableError as error:
            _logger.warning("no results of training: %s", error.message)
            families = _families(TRAINING_METRICS)
            families["training_results_up"].add_metric([], 0)
        yield from families.values()


def _family(figure: Figure, reading: Reading) -> Metric:
    kind = CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily
    family = kind(figure.name, figure.meaning, labels=figure.labels)
    for labels, value in reading:
        family.add_metric(labels, value)
    return family


def _families(declared: dict[str, tuple[str, tuple[str, ...]]]) -> dict[str, GaugeMetricFamily]:
    return {name: GaugeMetricFamily(name, meaning, labels=labels) for name, (meaning, labels) in declared.items()}
