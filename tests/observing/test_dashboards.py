"""Every panel of every dashboard answers with data, and the answers are the truth."""

import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.generate_dashboards import FOLDER
from tests.integration.inference_service.conftest import wait_until
from tests.observing.conftest import ROOT, ROWS, WatchedPlatform, fair_outcomes

pytestmark = pytest.mark.long  # a whole platform with Prometheus; minutes, so not in the bounded form

PREDICTIONS, BAD = 600, 7
LOAD = "SinglePredictions"


def queries() -> list[tuple[str, str, bool]]:
    """Dashboard and panel, expression, and whether it is drawn over time."""
    return [
        (f"{path.stem}: {panel['title']}", target["expr"], bool(target.get("range")))
        for path in sorted(FOLDER.glob("*.json"))
        for panel in json.loads(path.read_text())["panels"]
        for target in panel.get("targets", [])
    ]


@pytest.fixture(scope="module")
def used(watched: WatchedPlatform) -> Iterator[WatchedPlatform]:
    """The platform after a little of everything: predictions, refusals, outcomes, a monitor run, a load test."""
    answers = watched.predict(watched.encounters(PREDICTIONS, 10_000_000))
    assert len(answers) == PREDICTIONS
    assert watched.predict([{"age": "old"}] * BAD) == []
    outcomes = [{"prediction_id": name, "readmitted": label} for name, label in fair_outcomes(answers).items()]
    service = watched.url("INFERENCE_SERVICE__PORT")
    assert httpx.post(f"{service}/outcomes", json=outcomes, timeout=60).json() == {
        "first": PREDICTIONS, "duplicate": 0, "correction": 0,
    }  # fmt: skip
    watched.run("monitor")
    log = watched.root / "locust.log"
    load = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", str(ROOT / "load_tests" / "locustfile.py"), LOAD, "--headless",
         "--users", "5", "--spawn-rate", "5", "--run-time", "40s", "--host", service,
         "--only-summary", "--logfile", str(log)],
        env=watched.environment | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, cwd=watched.root,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        counted = "sum(load_test_requests_total) > 20"
        wait_until(lambda: watched.value(counted) is not None, f"Prometheus sees the load test; see {log}", 60)
        # Two scrapes and more of everything, so that rates are there.
        wait_until(lambda: (watched.value("sum(rate(load_test_requests_total[1m]))") or 0) > 0, "a rate", 60)
        wait_until(lambda: watched.value("sum(outcomes_total)") == PREDICTIONS, "the exporter is scraped", 60)
        wait_until(lambda: watched.value("model_performance") is not None, "performance is scraped", 60)
        yield watched
    finally:
        load.terminate()
        load.wait(60)


@pytest.mark.timeout(600)
def test_every_panel_answers_with_data(used: WatchedPlatform) -> None:
    empty = {}
    for panel, expression, over_time in queries():
        now = time.time()
        if over_time:
            found = used.ask("query_range", query=expression, start=str(now - 300), end=str(now), step="5")["result"]
            values = [float(value) for series in found for _, value in series["values"]]
        else:
            values = [float(series["value"][1]) for series in used.ask("query", query=expression)["result"]]
        if not any(math.isfinite(value) for value in values):
            empty[panel] = expression
    assert empty == {}


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
