"""Airflow's page shows a step's figures beside the asset it announces."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.dags.conftest import DAGS, airflow_environment

DAG = """
from _tasks import RAW_ENCOUNTERS, RULES, VerbOperator
from airflow.sdk import DAG

with DAG("figures", schedule=None, **RULES):
    VerbOperator(
        task_id="count",
        bash_command='''echo progress; echo '{"rows_stored": 800, "auc": 0.68, "new": true, "batches": [1, 2]}' ''',
        outlets=[RAW_ENCOUNTERS],
    )
"""


@pytest.mark.timeout(300)
def test_figures_go_with_the_asset(tmp_path: Path) -> None:
    home, folder = tmp_path / "airflow", tmp_path / "dags"
    folder.mkdir()
    (folder / "figures.py").write_text(DAG)
    (folder / "_tasks.py").write_text((DAGS / "_tasks.py").read_text())
    environment = airflow_environment(home) | {"AIRFLOW__CORE__DAGS_FOLDER": str(folder)}
    environment["PYTHONPATH"] = f"{folder}:{environment['PYTHONPATH']}"
    subprocess.run([Path(sys.executable).with_name("airflow"), "db", "migrate"], env=environment, check=True,
                   capture_output=True, timeout=120)  # fmt: skip
    command = [sys.executable, str(Path(__file__).with_name("run_dag.py")), str(folder), "figures"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"figures": {"count": ["success"]}}
    with closing(sqlite3.connect(home / "airflow.db")) as connection:
        rows = connection.execute("SELECT extra FROM asset_event").fetchall()
    assert [json.loads(extra) for (extra,) in rows] == [{"rows_stored": 800, "auc": 0.68, "new": True}]
