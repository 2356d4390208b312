"""The DAG `monitor` runs every half hour, also while the first model is still being trained."""

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from readmission.cli.monitoring import NOTHING_TO_DO
from readmission.contract.prediction import MODEL_NAME
from tests.conftest import RunningParts, RunningPostgres

ALIAS = {"name": MODEL_NAME, "alias": "champion"}


@pytest.fixture
def no_champion(s3_and_mlflow: RunningParts) -> Iterator[RunningParts]:
    """The registry without the alias that another test may have set."""
    address = f"{s3_and_mlflow.environment['MLFLOW_TRACKING_URI']}/api/2.0/mlflow/registered-models/alias"
    login = s3_and_mlflow.mlflow_login("admin")
    found = httpx.get(address, params=ALIAS, auth=login, timeout=30)
    httpx.request("DELETE", address, json=ALIAS, auth=login, timeout=30)
    yield s3_and_mlflow
    if found.status_code == 200:
        version = found.json()["model_version"]["version"]
        httpx.post(address, json={**ALIAS, "version": version}, auth=login, timeout=30)


def test_monitoring_is_skipped_and_does_not_fail(no_champion: RunningParts, empty_database: RunningPostgres) -> None:
    databases = {
        "READMISSION_DATABASE__URL": empty_database.url("readmission_pipeline").get_secret_value(),
        "READMISSION_SERVING_DATABASE__URL": empty_database.url("readmission_serving").get_secret_value(),
        "READMISSION_STATE_DIR": str(no_champion.state_folder),
    }
    done = subprocess.run(
        [sys.executable, "-c", "from readmission.cli import main; main()", "monitor", "--json"],
        env={"PATH": "/usr/bin:/bin", **no_champion.environment, **databases},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == NOTHING_TO_DO, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["model_version"] is None
