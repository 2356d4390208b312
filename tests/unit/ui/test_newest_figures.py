"""The newest figures as the Operations tab reads them out of the parts' own ``/metrics``."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from readmission.services.ui.operations.figure_cards import show_figures
from readmission.services.ui.operations.newest_figures import NewestFigures, PartFigures
from readmission.services.ui.words import Words
from tests.conftest import free_port


@contextmanager
def part(text: bytes) -> Iterator[tuple[str, list[str]]]:
    """A part that says this, and the paths it was asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def read(urls: dict[str, str], times: int = 1) -> NewestFigures:
    async def ask() -> NewestFigures:
        figures = PartFigures(urls)
        try:
            return (await asyncio.gather(*(figures.read() for _ in range(times))))[0]
        finally:
            await figures.close()

    return asyncio.run(ask())


def service() -> bytes:
    registry = CollectorRegistry()
    requests = Counter("predict_requests_total", "x", ["outcome"], registry=registry)
    for outcome, count in {"answered": 7, "invalid": 2, "not_eligible": 1, "unavailable": 0, "failed": 4}.items():
        requests.labels(outcome).inc(count)
    latency = Histogram("predict_latency_seconds", "x", buckets=(0.01, 0.02, 0.04), registry=registry)
    for seconds in (0.005, 0.015, 0.015, 0.03):
        latency.observe(seconds)
    return generate_latest(registry)


def test_counts_are_added_up_and_quantiles_estimated_as_prometheus_does() -> None:
    with part(service()) as (url, _):
        found = read({"risk service": url})
    assert found.away == ()
    assert found.total("predict_requests_total") == 14
    assert found.total("predict_requests_total", outcome="invalid") == 2
    assert found.quantile("predict_latency_seconds", 0.5) == pytest.approx(0.015)
    assert found.quantile("predict_latency_seconds", 1.0) == pytest.approx(0.04)
    shown = show_figures(found, Words("en"))
    assert "<dt>invalid</dt><dd>3</dd>" in shown
    assert "<dt>unavailable</dt><dd>4</dd>" in shown
    assert "<dt>p50</dt><dd>15.0</dd>" in shown
    assert "<dt>PSI</dt><dd>-</dd>" in shown, "nobody said it"


def test_an_observation_beyond_the_last_bound_has_that_bound() -> None:
    registry = CollectorRegistry()
    Histogram("h", "x", buckets=(1.0,), registry=registry).observe(5)
    with part(generate_latest(registry)) as (url, _):
        assert read({"one": url}).quantile("h", 0.99) == 1.0
    assert NewestFigures().quantile("h", 0.5) is None


def test_a_part_that_is_away_is_named_and_the_others_figures_stay() -> None:
    with part(service()) as (url, _):
        found = read({"risk service": url, "metrics exporter": f"http://127.0.0.1:{free_port()}"})
    assert found.away == ("metrics exporter",)
    assert found.total("predict_requests_total", outcome="answered") == 7


def test_all_who_look_share_one_read() -> None:
    with part(service()) as (url, asked):
        read({"risk service": url}, times=5)
    assert asked == ["/metrics"]


def test_runs_of_dags_are_read_from_the_exporter() -> None:
    said = (
        b'airflow_dag_last_run_state{dag="monitor",state="success"} 1.0\n'
        b'airflow_dag_last_run_state{dag="monitor",state="failed"} 0.0\n'
        b'airflow_dag_last_run_state{dag="etl",state="running"} 1.0\n'
        b'airflow_dag_last_run_duration_seconds{dag="monitor"} 60.0\n'
        b'airflow_dag_last_run_duration_seconds{dag="etl"} 5.0\n'
        b'airflow_dag_last_run_end_timestamp_seconds{dag="monitor"} 1.7958e+09\n'
    )
    with part(said) as (url, _):
        monitor, etl = read({"metrics exporter": url}).dags()
    assert (monitor.dag_id, monitor.state, monitor.ended[:19]) == ("monitor", "success", "2026-11-27T17:20:00")
    assert monitor.started[:19] == "2026-11-27T17:19:00"
    assert (etl.state, etl.started) == ("running", "")
