"""Airflow runs in processes of its own, each with a fresh home: it never touches the tests' own process."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DAGS = REPOSITORY / "dags"


def airflow_environment(home: Path) -> dict[str, str]:
    """A fresh Airflow on SQLite, with `readmission` on the PATH as in the platform."""
    return os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)]),
    }


@pytest.fixture(scope="session")
def dags(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow finds in the DAGs folder; fails where a file cannot be read."""
    command = [sys.executable, str(REPOSITORY / "scripts" / "describe_dags.py"), str(DAGS)]
    environment = airflow_environment(tmp_path_factory.mktemp("airflow"))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    described = json.loads(done.stdout.splitlines()[-1])
    assert described["errors"] == {}
    return dict(described["dags"])
