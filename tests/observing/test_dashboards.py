"""Every panel of every dashboard answers with data, and the answers are the truth.

In the long form once more with Prometheus at its production speed.
"""

import json
import math
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from readmission.pipeline.monitor import monitor
from scripts.generate_dashboards import FOLDER
from tests.integration.inference_service.conftest import wait_until
from tests.observing.conftest import ROWS, WatchedPlatform, fair_outcomes

PREDICTIONS, BAD, OVERRIDDEN, AGREED = 600, 7, 3, 5


@dataclass(frozen=True)
class Query:
    """A panel's query, whether it is drawn over time, and the bounds its values must keep."""

    panel: str
    expression: str
    over_time: bool
    low: float
    high: float

    def values(self, platform: WatchedPlatform) -> list[float]:
        """Every number Prometheus answers that is one (a rate of nothing by nothing is none)."""
        if self.over_time:
            now = time.time()
            span = {"start": str(now - 300), "end": str(now), "step": "5"}
            found = platform.ask("query_range", query=self.expression, **span)["result"]
            values = [float(value) for series in found for _, value in series["values"]]
        else:
            values = [float(series["value"][1]) for series in platform.ask("query", query=self.expression)["result"]]
        return [value for value in values if math.isfinite(value)]


def _all(expression: str) -> str:
    """As Grafana asks at first: every variable with all its values."""
    return expression.replace("$service", ".*")


def queries() -> list[Query]:
    """The queries of all panels. Nothing is below 0 unless its panel says so; a share is at most 1."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            shown = panel.get("fieldConfig", {}).get("defaults", {})
            high = 1.0 if shown.get("unit") == "percentunit" else math.inf
            found += [
                Query(f"{path.stem}: {panel['title']}", _all(target["expr"]), bool(target.get("range")),
                      shown.get("min", 0.0), high)
                for target in panel.get("targets", [])
            ]  # fmt: skip
    return found


def not_answered(platform: WatchedPlatform) -> dict[str, list[float]]:
    """Panels without a number, or with one that cannot be."""
    answered = {(query.panel, query.expression): (query, query.values(platform)) for query in queries()}
    return {
        f"{panel}: {expression}": values
        for (panel, expression), (query, values) in answered.items()
        if not values or not all(query.low <= value <= query.high for value in values)
    }


@pytest.fixture(scope="module")
def used(watched: WatchedPlatform) -> WatchedPlatform:
    """The platform after a little of everything: predictions, refusals, outcomes, a monitor run, a load test."""
    answers = watched.predict(watched.encounters(PREDICTIONS, 10_000_000))
    assert len(answers) == PREDICTIONS
    assert watched.predict([{"age": "old"}] * BAD) == []
    assert watched.report(fair_outcomes(answers)) == {"first": PREDICTIONS, "duplicate": 0, "correction": 0}
    service = watched.url("INFERENCE_SERVICE__PORT")
    for place, answer in enumerate(answers[: OVERRIDDEN + AGREED]):
        verdict = {"verdict": "override", "reason": "test"} if place < OVERRIDDEN else {"verdict": "agree"}
        path = f"{service}/predictions/{answer['prediction_id']}/feedback"
        assert httpx.post(path, json=verdict, timeout=20).status_code == 201
    with watched.inside() as settings:
        monitor(settings)
    watched.load(seconds=15)
    shown = {
        "sum(max_over_time(load_test_requests_total[5m])) > 20": "the load test",
        "sum(rate(load_test_requests_total[5m])) > 0": "its rate",
        "sum(rate(predict_latency_seconds_count[5m])) > 0": "the service's rate",
        "training_results_up == 1": "training",
        f"sum(outcomes_total) == {PREDICTIONS}": "the outcomes",
        'model_performance{kind="realised"}': "performance",
        "pg_stat_activity_count": "PostgreSQL",
        "node_memory_MemTotal_bytes": "the machine",
    }

    def is_scraped(expression: str) -> bool:
        return watched.value(expression) is not None

    for expression, what in shown.items():
        wait_until(partial(is_scraped, expression), f"{what} is scraped", 90)
    return watched


@pytest.mark.timeout(1500)  # the platform's start included
def test_every_panel_answers_with_data(used: WatchedPlatform) -> None:
    assert not_answered(used) == {}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_panel_answers_at_production_speed(used: WatchedPlatform, at_production_speed: WatchedPlatform) -> None:
    rate = 'count_over_time(up{job="inference-service"}[30s])'
    wait_until(lambda: 0 < (used.value(rate) or 0) <= 4, "the last half minute was scraped every ten seconds", 120)
    assert not_answered(used) == {}


def test_the_answers_are_true(used: WatchedPlatform) -> None:
    with used.owner() as connection:
        row = connection.execute(
            "SELECT (SELECT sum(rows) FROM raw.batches), (SELECT count(*) FROM clean.encounters),"
            " (SELECT value FROM monitoring.performance WHERE kind = 'realised' AND slice = 'all'"
            "  AND target = 'risk_30d' AND metric = 'roc_auc'),"
            " (SELECT count(*) FROM audit.promotions WHERE decision = 'promoted')"
        ).fetchone()
    assert row is not None
    raw, clean, auc, promoted = map(float, row)
    assert raw == ROWS
    truths: dict[str, Any] = {
        "sum(raw_rows)": raw,
        "sum(clean_rows)": clean,
        "max(champion_version)": 1,
        'sum(outcomes_total{kind="first"})': PREDICTIONS,
        'model_performance{kind="realised", slice="all", target="risk_30d", metric="roc_auc"}': auc,
        'promotions_total{decision="promoted"}': promoted,
        'feedback_total{verdict="override"}': OVERRIDDEN,
        'feedback_total{verdict="agree"}': AGREED,
        "sum(feedback_overridden)": OVERRIDDEN,
        'training_failed{candidate="lightgbm"}': 0,
        "sum(model_swaps_total)": 0,
        "max(prediction_store_lag_seconds)": 0,
        'airflow_dag_last_run_state{dag="create_tables", state="success"}': 1,
        'min(up{job!="load-test"})': 1,
        'model_live_info{model_version="1"}': 1,
    }
    assert {expression: used.value(expression) for expression in truths} == pytest.approx(truths)
    own = httpx.get(f"{used.url('INFERENCE_SERVICE__PORT')}/metrics", timeout=20).text
    invalid = next(line for line in own.splitlines() if line.startswith('predict_requests_total{outcome="invalid"}'))
    assert BAD <= float(invalid.rsplit(" ", 1)[1]) == used.value('sum(predict_requests_total{outcome="invalid"})')


def test_no_label_holds_a_value_of_a_patient(used: WatchedPlatform) -> None:
    """Label values of our own metrics come from a short list of kinds."""
    allowed = {
        "__name__", "job", "instance", "service", "method", "route", "status", "outcome", "le", "split", "format",
        "model_version", "decision", "target", "upto", "kind", "slice", "metric", "origin", "subject", "column",
        "cause", "contestant", "step", "dag", "state", "part", "verdict", "name", "file", "event", "reason",
        "candidate", "problem",
    }  # fmt: skip
    ours = {"data-service", "inference-service", "metrics-exporter", "load-test"}
    series = used.ask("series", **{"match[]": '{job=~"' + "|".join(ours) + '", __name__!~"ALERTS.*"}'})
    assert {label for each in series for label in each} <= allowed
    routes = {each["route"] for each in series if "route" in each}
    assert not [route for route in routes if any(part.isdigit() for part in route.split("/"))]


def test_logs_are_json_with_ids_and_no_values(used: WatchedPlatform) -> None:
    for name in ("inference-service", "data-service", "metrics-exporter"):
        lines = Path(supervised_log(used, name)).read_text().splitlines()
        parsed = [json.loads(line) for line in lines if not line.startswith("guard:")]
        assert all({"time", "level", "service", "message"} <= line.keys() for line in parsed)
        requests = [line for line in parsed if line["message"] == "request"]
        assert all("request_id" in line for line in requests)
        assert "[50-60)" not in "\n".join(lines)


def supervised_log(platform: WatchedPlatform, name: str) -> str:
    return str(platform.folder.logs / f"{name}.log")
