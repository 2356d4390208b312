"""The loop closed by a running Airflow: risks that are off end in a training that nobody started by hand.

In the long form also to the end: every candidate is trained, and the gate decides.
"""

import json
import shutil
from typing import Any

import pytest

from readmission.clients.airflow import AirflowClient
from tests.integration.inference_service.conftest import wait_until
from tests.observing.conftest import ROOT, WatchedPlatform

TRAINING = "diabetes_model_pipeline"


@pytest.fixture(scope="module")
def airflow(watched: WatchedPlatform) -> Any:
    """The platform's Airflow, with the real DAGs `monitor` and `diabetes_model_pipeline` in its folder."""
    secrets = json.loads(watched.folder.secrets_file.read_text())
    with AirflowClient.open(watched.port("PORTS__AIRFLOW"), secrets["airflow_admin"]) as client:
        for name in ("monitor", TRAINING):
            shutil.copy(ROOT / "dags" / f"{name}.py", watched.dags)
        wait_until(lambda: {"monitor", TRAINING} <= client.dag_ids(), "the DAGs are read", 90)
        yield client


def training_run(airflow: AirflowClient) -> dict[str, Any] | None:
    """The training that an asset started, or None; nothing else may have started one."""
    runs = airflow.runs(TRAINING)
    assert {run["run_type"] for run in runs} <= {"asset_triggered"}
    return runs[0] if runs else None


def state_of(airflow: AirflowClient, run: dict[str, Any], task_id: str) -> str | None:
    tasks = airflow.tasks(TRAINING, run["dag_run_id"])
    return next((task["state"] for task in tasks if task["task_id"] == task_id), None)


@pytest.mark.timeout(1200)
def test_a_retraining_asked_for_starts_training_through_the_asset(
    watched: WatchedPlatform, airflow: AirflowClient
) -> None:
    answers = watched.predict(watched.encounters(700, 40_000_000))
    watched.report({each["prediction_id"]: "<30" for each in answers})
    airflow.trigger("monitor")  # or the clock, where this runs at half past
    wait_until(lambda: training_run(airflow) is not None, "training was started", 600)
    run = training_run(airflow)
    assert run is not None
    events = airflow._get(f"/api/v2/dags/{TRAINING}/dagRuns/{run['dag_run_id']}/upstreamAssetEvents")["asset_events"]
    assert {(each["source_dag_id"], each["source_task_id"]) for each in events} == {("monitor", "request-retraining")}
    with watched.owner() as connection:
        asked = connection.execute(
            "SELECT actor, model_version FROM audit.retrainings WHERE cause = 'calibration'"
        ).fetchall()
    assert asked == [("monitor", "1")]
    wait_until(lambda: state_of(airflow, run, "list-candidates") == "success", "its first task is done", 120)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_training_ends_at_the_gate(watched: WatchedPlatform, airflow: AirflowClient) -> None:
    wait_until(lambda: (training_run(airflow) or {"state": ""})["state"] == "success", "training is done", 900)
    with watched.owner() as connection:
        decided = connection.execute("SELECT actor FROM audit.promotions ORDER BY promotion_id").fetchall()
    assert decided == [("tests",), (TRAINING,)]
