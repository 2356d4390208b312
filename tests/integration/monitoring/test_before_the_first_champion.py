"""The DAG `monitor` runs every half hour, also while the first model is still being trained."""

import json
import subprocess
import sys
from pathlib import Path

from readmission.cli.monitoring import NOTHING_TO_DO
from tests.conftest import RunningParts, RunningPostgres
from tests.signing import TestGate


def test_monitoring_is_skipped_and_does_not_fail(
    s3_and_mlflow: RunningParts, empty_database: RunningPostgres, tmp_path: Path
) -> None:
    databases = {
        "READMISSION_DATABASE__URL": empty_database.url("readmission_pipeline").get_secret_value(),
        "READMISSION_SERVING_DATABASE__URL": empty_database.url("readmission_serving").get_secret_value(),
        "READMISSION_STATE_DIR": str(tmp_path / "state"),
        **TestGate.make(tmp_path / "gate").environment,
    }
    done = subprocess.run(
        [sys.executable, "-c", "from readmission.cli import main; main()", "monitor", "--json"],
        env={"PATH": "/usr/bin:/bin", **s3_and_mlflow.environment, **databases},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == NOTHING_TO_DO, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["model_version"] is None
