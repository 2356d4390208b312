"""Alerts fire for real, reach Alertmanager's right receiver, and resolve. See conftest for the shorter waits.

In the long form also those that take a while: a DAG that fails, and the production files at their own speed.
"""

import json
import shutil
from collections.abc import Callable

import httpx
import pytest

from readmission.clients.airflow import AirflowClient
from readmission.pipeline.monitor import monitor
from readmission.pipeline.request_retraining import request_retraining, watch_arrivals
from readmission.pipeline.transform_batch import transform_batch
from tests.integration.inference_service.conftest import wait_until
from tests.made_up_encounters import to_csv
from tests.observing.conftest import ROOT, WatchedPlatform, fair_outcomes
from tests.system.test_platform import BROKEN_DAG

SECONDS = 90


def fires(platform: WatchedPlatform, *alerts: str, seconds: int = SECONDS) -> None:
    wait_until(lambda: set(alerts) <= platform.firing(), f"{alerts} fire", seconds)


def resolves(platform: WatchedPlatform, *alerts: str) -> None:
    wait_until(lambda: not set(alerts) & platform.firing(), f"{alerts} resolve", SECONDS)
    wait_until(lambda: not set(alerts) & platform.in_alertmanager().keys(), f"{alerts} leave Alertmanager", SECONDS * 5)


@pytest.mark.timeout(300)
def test_a_service_that_is_down(watched: WatchedPlatform) -> None:
    watched.program("data-service", "stop")
    fires(watched, "ServiceDown")
    assert watched.in_alertmanager()["ServiceDown"] == {"on-call"}
    watched.program("data-service", "start")
    resolves(watched, "ServiceDown")


@pytest.mark.timeout(300)
def test_postgresql_away_stops_answers_and_stores(watched: WatchedPlatform) -> None:
    service = watched.url("INFERENCE_SERVICE__PORT")
    encounters = watched.encounters(5, 30_000_000)
    stored = watched.predict(encounters)
    watched.program("postgres", "stop")

    def failing() -> bool:
        watched.predict(encounters)
        httpx.get(f"{service}/predictions/{stored[0]['prediction_id']}", timeout=10)
        return {"DatabaseDown", "HighErrorRatio", "PredictionStoreBehind"} <= watched.firing()

    wait_until(failing, "DatabaseDown, HighErrorRatio, PredictionStoreBehind fire", SECONDS)
    watched.program("postgres", "start")
    resolves(watched, "DatabaseDown", "HighErrorRatio", "PredictionStoreBehind")


@pytest.mark.timeout(300)
def test_a_batch_that_breaks_the_contract(watched: WatchedPlatform) -> None:
    with watched.owner() as connection:
        # As its owner: nobody else gets past the trigger.
        connection.execute("ALTER TABLE raw.encounters DISABLE TRIGGER append_only")
        connection.execute("ALTER TABLE raw.encounters ADD COLUMN IF NOT EXISTS kept_age text")
        connection.execute(
            "UPDATE raw.encounters SET kept_age = age, age = 'old' WHERE split = 'test' AND row_number < 100"
        )
    try:
        assert transform_batch(watched.settings, "test", 0, again=True)["rows_quarantined"] > 50
        fires(watched, "BatchQuarantined")
    finally:
        with watched.owner() as connection:
            connection.execute("UPDATE raw.encounters SET age = kept_age WHERE kept_age IS NOT NULL")
            connection.execute("ALTER TABLE raw.encounters DROP COLUMN kept_age")
            connection.execute("ALTER TABLE raw.encounters ENABLE TRIGGER append_only")
    assert transform_batch(watched.settings, "test", 0, again=True)["rows_quarantined"] == 0
    resolves(watched, "BatchQuarantined")


@pytest.mark.timeout(300)
def test_drift_in_an_arriving_batch(watched: WatchedPlatform) -> None:
    key = watched.settings.data_service.admin_key
    assert key is not None

    def arrive(name: str, first_id: int, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        raw = watched.raw_rows(1500)
        rows = [change({**row, "encounter_id": str(first_id + place)}) for place, row in enumerate(raw)]
        answer = httpx.put(
            f"{watched.url('DATA_SERVICE__PORT')}/arrivals/{name}", content=to_csv(rows), timeout=60,
            headers={"content-type": "text/csv", "X-API-Key": key.get_secret_value()},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        with watched.inside() as settings:
            assert watch_arrivals(settings, "tests")["wanted"]
            watched.take_in(settings)
            monitor(settings)

    arrive("shifted", 900_000_000, lambda row: {**row, "insulin": "Up"})
    fires(watched, "DriftDetected batch")
    with watched.inside() as settings:
        assert "insulin" in str(request_retraining(settings, "tests")["reasons"])
    again = watched.run("request-retraining", "--json", codes=(99,))  # Airflow skips what comes after
    assert again["known"]
    assert not again["reasons"]
    arrive("as-before", 910_000_000, lambda row: row)
    resolves(watched, "DriftDetected batch")


@pytest.mark.timeout(300)
def test_risks_that_are_off(watched: WatchedPlatform) -> None:
    answers = watched.predict(watched.encounters(800, 20_000_000))
    watched.report({each["prediction_id"]: "<30" for each in answers})
    with watched.inside() as settings:
        monitor(settings)
    fires(watched, "CalibrationOff")
    assert watched.report(fair_outcomes(answers))["correction"] > 100
    with watched.inside() as settings:
        monitor(settings)
    resolves(watched, "CalibrationOff")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_dag_that_fails(watched: WatchedPlatform) -> None:
    secrets = json.loads(watched.folder.secrets_file.read_text())
    file = watched.dags / "create_tables.py"
    with AirflowClient.open(watched.port("PORTS__AIRFLOW"), secrets["airflow_admin"]) as airflow:

        def trigger(text: str, tag: str, there: bool) -> None:
            file.write_text(text)
            wait_until(
                lambda: (tag in str(airflow._get("/api/v2/dags/create_tables")["tags"])) == there,
                "the file is read",
                60,
            )
            airflow.trigger("create_tables")

        trigger(BROKEN_DAG.replace('tags=["broken"]', 'tags=["broken", "readmission"]'), "broken", True)
        fires(watched, "DagFailed")
        shutil.copy(ROOT / "dags" / "create_tables.py", watched.dags)
        trigger(file.read_text(), "broken", False)
        resolves(watched, "DagFailed")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_production_files_at_their_own_speed(at_production_speed: WatchedPlatform) -> None:
    platform = at_production_speed
    assert platform.longest_wait() == 3600
    platform.program("data-service", "stop")
    fires(platform, "ServiceDown", seconds=150)
    platform.program("data-service", "start")
    resolves(platform, "ServiceDown")
