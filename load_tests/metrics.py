"""Locust's own figures for Prometheus, from the process that adds up those of all workers."""

import os
from collections.abc import Iterator
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from readmission.errors import ReadmissionError
from readmission.settings import load_settings

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_HOST = os.environ.get("READMISSION_LOAD_METRICS_HOST", "127.0.0.1")


class LocustCollector(Collector):
    """Requests, failures and latencies by name, and users, as Locust counts them at this moment."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def describe(self) -> list[Metric]:
        """Names alone; nothing is counted before the test runs."""
        return list(_families())

    def collect(self) -> Iterator[Metric]:
        """Read Locust's statistics."""
        users, requests, failures, latencies = _families()
        runner = self._environment.runner
        users.add_metric([], float(runner.user_count if runner is not None else 0))
        for entry in list(self._environment.stats.entries.values()):
            requests.add_metric([entry.name], entry.num_requests)
            failures.add_metric([entry.name], entry.num_failures)
            latencies.add_metric([entry.name], *_cumulate(dict(entry.response_times), entry.total_response_time))
        yield from (users, requests, failures, latencies)


def _families() -> tuple[Any, ...]:
    return (
        GaugeMetricFamily("load_test_users", "Users of the load test"),
        CounterMetricFamily("load_test_requests", "Requests sent, by name", labels=["name"]),
        CounterMetricFamily("load_test_failures", "Requests that failed, by name", labels=["name"]),
        HistogramMetricFamily("load_test_latency_seconds", "Time to an answer as the users see it", labels=["name"]),
    )


def _cumulate(times_ms: dict[int, int], total_ms: float) -> tuple[list[tuple[str, float]], float]:
    """Locust keeps rounded milliseconds and how often each came; Prometheus wants rows up to each bound."""
    buckets = [
        (str(bound), float(sum(count for time, count in times_ms.items() if time <= bound * 1000)))
        for bound in BUCKETS_SECONDS
    ]
    return [*buckets, ("+Inf", float(sum(times_ms.values())))], total_ms / 1000


@events.init.add_listener
def show_metrics(environment: Environment, **_: Any) -> None:
    """Listen where Prometheus looks; a second load test beside the first goes without."""
    if isinstance(environment.runner, WorkerRunner):
        return
    registry = CollectorRegistry()
    registry.register(LocustCollector(environment))
    try:
        start_http_server(load_settings().ports.load_test_metrics, _HOST, registry)
    except (OSError, ReadmissionError) as error:
        print(f"load: no metrics for Prometheus: {error}")  # noqa: T201
