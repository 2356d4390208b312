"""What only local mode can do wrong: everything killed in the middle, another data set, a DAG that fails, `down`.

What every mode must do is asked of the same platform by test_deployment.py. This file ends the platform.
"""

import json
from pathlib import Path

import psutil
import pytest

from readmission.clients.airflow import AirflowClient
from readmission.local.start import left_behind
from tests.system.local_platform import ROWS, LocalPlatform, poll

pytestmark = pytest.mark.timeout(1800)  # deadlines, not claims: the machine may be busy


def test_everything_killed_in_the_middle_of_storing_batches_is_made_good(platform: LocalPlatform) -> None:
    assert platform.killed > 15
    second = platform.outputs[0]
    assert second.args[1:] == ["up"]
    assert second.returncode == 0, second.stdout + second.stderr
    assert "SYNTHETIC" in second.stdout
    expected = json.loads(platform.run("list-batches", "--json").stdout.splitlines()[-1])["batches"]
    assert platform.query("SELECT count(*) FROM raw.batches")[0][0] == len(expected)
    assert platform.query("SELECT count(*) FROM raw.encounters")[0][0] == ROWS


def test_status_shows_every_part_ready(platform: LocalPlatform) -> None:
    done = platform.run("status")
    assert "postgres" in done.stdout
    assert "airflow-scheduler" in done.stdout
    assert done.returncode == 0, done.stdout


def test_up_again_changes_nothing_and_says_so(platform: LocalPlatform) -> None:
    again = platform.run("up", seconds=240)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "has run for this data set already" in again.stdout


def test_another_data_set_is_refused(platform: LocalPlatform) -> None:
    other = LocalPlatform(platform.root, platform.environment | {"READMISSION_DATASET": "uci"})
    refused = other.run("up", seconds=240)
    assert refused.returncode == 9
    assert "never mixed" in refused.stderr
    assert "Traceback" not in refused.stderr


BROKEN_DAG = """
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("create_tables", schedule=None, tags=["broken"]) as dag:
    BashOperator(task_id="create-tables", bash_command="exit 1")
"""


def test_a_failed_dag_is_named_with_its_task_and_log(platform: LocalPlatform) -> None:
    (Path(platform.environment["READMISSION_DAGS_DIR"]) / "create_tables.py").write_text(BROKEN_DAG)
    secrets = json.loads(platform.folder.secrets_file.read_text())
    port = int(platform.environment["READMISSION_PORTS__AIRFLOW"])
    with AirflowClient.open(port, secrets["airflow_admin"]) as airflow:
        poll(
            lambda: "broken" in str(airflow._get("/api/v2/dags/create_tables")["tags"]), "the changed file is read", 60
        )
    failed = platform.run("run-chain")
    assert failed.returncode == 9
    assert "create_tables failed at task create-tables: see " in failed.stderr
    assert Path(failed.stderr.split("see ")[1].strip()).is_file()


def test_down_leaves_no_process(platform: LocalPlatform) -> None:
    done = platform.run("down")
    assert done.returncode == 0, done.stdout + done.stderr
    assert left_behind(platform.folder) == []
    for process in psutil.process_iter(["cmdline"]):
        assert str(platform.root) not in str(process.info["cmdline"])
    assert platform.run("status").returncode == 4
