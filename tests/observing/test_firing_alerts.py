"""Alerts fire for real, reach Alertmanager's right receiver, and resolve.

The rules are the production file with shorter waits: every ``for:`` is a few seconds, every window half a minute.
Nothing else is changed.
"""

import json
import re
import shutil
import signal
from collections.abc import Callable

import httpx
import psutil
import pytest

from readmission.local.airflow_client import AirflowClient
from readmission.pipeline.monitor import monitor
from readmission.pipeline.request_retraining import watch_arrivals
from readmission.pipeline.transform_batch import transform_batch
from tests.integration.inference_service.conftest import wait_until
from tests.made_up_encounters import to_csv
from tests.observing.conftest import ROOT, WatchedPlatform, fair_outcomes
from tests.system.test_platform import BROKEN_DAG

pytestmark = pytest.mark.long  # a whole platform with Prometheus; minutes, so not in the bounded form

SECONDS = 90


@pytest.fixture(scope="module")
def quick(watched: WatchedPlatform) -> WatchedPlatform:
    """The platform with quick rules, scraped every second or two, and some predictions a second."""
    run = watched.folder.run / "prometheus"
    rules = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
    rules = re.sub(r"for: \d+m", "for: 2s", rules)
    (run / "alerts.yml").write_text(re.sub(r"\[(5m|15m|30m|1h|6h)\]", "[20s]", rules))
    configuration = (ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text()
    (run / "prometheus.yml").write_text(
        configuration.replace(": 10s", ": 2s").replace("scrape_timeout: 9s", "scrape_timeout: 2s")
    )
    reload(watched, "prometheus")
    group = watched.folder.run / "alertmanager" / "alertmanager.yml"
    group.write_text(group.read_text().replace("group_wait: 10s", "group_wait: 1s"))
    reload(watched, "alertmanager")
    wait_until(lambda: longest_wait(watched) <= 2, "the quick rules are read", 30)
    return watched


def longest_wait(platform: WatchedPlatform) -> float:
    return max(rule["duration"] for group in platform.ask("rules")["groups"] for rule in group["rules"])


def reload(platform: WatchedPlatform, name: str) -> None:
    pid = json.loads((platform.folder.run / f"{name}.pid").read_text())["pid"]
    psutil.Process(pid).send_signal(signal.SIGHUP)


def fires(platform: WatchedPlatform, *alerts: str) -> None:
    wait_until(lambda: set(alerts) <= platform.firing(), f"{alerts} fire", SECONDS)


def resolves(platform: WatchedPlatform, *alerts: str) -> None:
    wait_until(lambda: not set(alerts) & platform.firing(), f"{alerts} resolve", SECONDS)
    wait_until(lambda: not set(alerts) & platform.in_alertmanager().keys(), f"{alerts} leave Alertmanager", SECONDS * 5)


@pytest.mark.timeout(300)
def test_a_service_that_is_down(quick: WatchedPlatform) -> None:
    quick.program("data-service", "stop")
    fires(quick, "ServiceDown")
    assert quick.in_alertmanager()["ServiceDown"] == {"on-call"}
    quick.program("data-service", "start")
    resolves(quick, "ServiceDown")


@pytest.mark.timeout(300)
def test_postgresql_away_stops_answers_and_stores(quick: WatchedPlatform) -> None:
    service = quick.url("INFERENCE_SERVICE__PORT")
    encounters = quick.encounters(5, 30_000_000)
    stored = quick.predict(encounters)
    quick.program("postgres", "stop")

    def failing() -> bool:
        quick.predict(encounters)
        httpx.get(f"{service}/predictions/{stored[0]['prediction_id']}", timeout=10)
        return {"DatabaseDown", "HighErrorRatio", "PredictionStoreBehind"} <= quick.firing()

    wait_until(failing, "DatabaseDown, HighErrorRatio, PredictionStoreBehind fire", SECONDS)
    quick.program("postgres", "start")
    resolves(quick, "DatabaseDown", "HighErrorRatio", "PredictionStoreBehind")


@pytest.mark.timeout(300)
def test_a_batch_that_breaks_the_contract(quick: WatchedPlatform) -> None:
    with quick.owner() as connection:
        connection.execute("ALTER TABLE raw.encounters ADD COLUMN IF NOT EXISTS kept_age text")
        connection.execute(
            "UPDATE raw.encounters SET kept_age = age, age = 'old' WHERE split = 'test' AND row_number < 100"
        )
    try:
        assert transform_batch(quick.settings, "test", 0, again=True)["rows_quarantined"] > 50
        fires(quick, "BatchQuarantined")
    finally:
        with quick.owner() as connection:
            connection.execute("UPDATE raw.encounters SET age = kept_age WHERE kept_age IS NOT NULL")
            connection.execute("ALTER TABLE raw.encounters DROP COLUMN kept_age")
    assert transform_batch(quick.settings, "test", 0, again=True)["rows_quarantined"] == 0
    resolves(quick, "BatchQuarantined")


@pytest.mark.timeout(300)
def test_drift_in_an_arriving_batch(quick: WatchedPlatform) -> None:
    key = quick.settings.data_service.admin_key
    assert key is not None

    def arrive(name: str, first_id: int, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        raw = quick.raw_rows(1500)
        rows = [change({**row, "encounter_id": str(first_id + place)}) for place, row in enumerate(raw)]
        answer = httpx.put(
            f"{quick.url('DATA_SERVICE__PORT')}/arrivals/{name}", content=to_csv(rows), timeout=60,
            headers={"content-type": "text/csv", "X-API-Key": key.get_secret_value()},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        with quick.inside() as settings:
            assert watch_arrivals(settings, "tests")["wanted"]
            quick.take_in(settings)
            monitor(settings)

    arrive("shifted", 900_000_000, lambda row: {**row, "insulin": "Up"})
    fires(quick, "DriftDetected batch")
    assert "insulin" in str(quick.run("request-retraining")["reasons"])
    again = quick.run("request-retraining", codes=(99,))  # Airflow skips what comes after
    assert again["known"]
    assert not again["reasons"]
    arrive("as-before", 910_000_000, lambda row: row)
    resolves(quick, "DriftDetected batch")


@pytest.mark.timeout(300)
def test_risks_that_are_off(quick: WatchedPlatform) -> None:
    answers = quick.predict(quick.encounters(800, 20_000_000))
    report(quick, {each["prediction_id"]: "<30" for each in answers})
    with quick.inside() as settings:
        monitor(settings)
    fires(quick, "CalibrationOff")
    assert report(quick, fair_outcomes(answers))["correction"] > 100
    with quick.inside() as settings:
        monitor(settings)
    resolves(quick, "CalibrationOff")


def report(platform: WatchedPlatform, outcomes: dict[str, str]) -> dict[str, int]:
    body = [{"prediction_id": prediction, "readmitted": label} for prediction, label in outcomes.items()]
    answer = httpx.post(f"{platform.url('INFERENCE_SERVICE__PORT')}/outcomes", json=body, timeout=60)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.timeout(300)
def test_a_dag_that_fails(quick: WatchedPlatform) -> None:
    secrets = json.loads(quick.folder.secrets_file.read_text())
    file = quick.dags / "create_tables.py"
    with AirflowClient.open(quick.port("PORTS__AIRFLOW"), secrets["airflow_admin"]) as airflow:

        def trigger(text: str, tag: str, there: bool) -> None:
            file.write_text(text)
            wait_until(
                lambda: (tag in str(airflow._get("/api/v2/dags/create_tables")["tags"])) == there,
                "the file is read",
                60,
            )
            airflow.trigger("create_tables")

        trigger(BROKEN_DAG.replace('tags=["broken"]', 'tags=["broken", "readmission"]'), "broken", True)
        fires(quick, "DagFailed")
        shutil.copy(ROOT / "dags" / "create_tables.py", quick.dags)
        trigger(file.read_text(), "broken", False)
        resolves(quick, "DagFailed")
