"""The whole data half on a small synthetic data set, with every process killed in the middle of it.

One platform for the module: `up` is cut by kill -9 while batches are being stored, `up` again finishes, the chain
runs once more, `down` ends all. The tests look at what is there after each step.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from readmission.clients.airflow import AirflowClient
from readmission.local.chain import find_last
from readmission.local.start import left_behind
from readmission.local.state.folder import StateFolder
from readmission.settings import Settings
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(900)  # deadlines, not claims: the machine may be busy
DAGS = ["create_tables", "fetch_and_store_diabetes_data", "diabetes_etl"]
ROWS, BATCH = 3_000, 500
PORTS = ("PORTS__POSTGRES", "PORTS__S3", "PORTS__MLFLOW", "PORTS__AIRFLOW", "DATA_SERVICE__PORT")
OTHER_PORTS = (
    "INFERENCE_SERVICE__PORT",
    "UI__PORT",
    "METRICS_EXPORTER__PORT",
    "PORTS__PROMETHEUS",
    "PORTS__ALERTMANAGER",
    "PORTS__NODE_EXPORTER",
    "PORTS__POSTGRES_EXPORTER",
    "PORTS__LOAD_TEST_METRICS",
)


@dataclass
class LocalPlatform:
    """A platform with ports and a state folder of its own."""

    root: Path
    environment: dict[str, str]
    outputs: list[str] = field(default_factory=list)

    @property
    def folder(self) -> StateFolder:
        return StateFolder(self.root)

    def command(self, *arguments: str) -> list[str]:
        return [str(Path(sys.executable).parent / "readmission"), *arguments]

    def run(self, *arguments: str, seconds: float = 600) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        self.outputs.append(done.stdout + done.stderr)
        return done

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        settings = Settings(_env_file=self.folder.env_file)
        assert settings.database.url is not None
        with psycopg.connect(settings.database.url.get_secret_value(), connect_timeout=2) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[arg-type]

    def counts(self) -> dict[str, int]:
        tables = ("raw.encounters", "raw.batches", "clean.encounters", "clean.quarantine")
        return {table: self.query(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    dags = tmp_path_factory.mktemp("dags")  # the chain of this test: the data half
    for name in ("_tasks", *DAGS):
        shutil.copy(ROOT / "dags" / f"{name}.py", dags)
    root = tmp_path_factory.mktemp("platform") / "state"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("READMISSION_", "AIRFLOW_"))}
    own = {f"READMISSION_{name}": str(free_port()) for name in (*PORTS, *OTHER_PORTS)}
    own |= {
        "READMISSION_STATE_DIR": str(root),
        "READMISSION_DATASET": "synthetic",
        "READMISSION_SYNTHETIC_ROWS": str(ROWS),
        "READMISSION_DATA_SERVICE__BATCH_SIZE": str(BATCH),
        "READMISSION_DAGS_DIR": str(dags),
        "COLUMNS": "200",
    }
    made = LocalPlatform(root, kept | own)
    yield made
    made.run("clean", "--yes")


def kill_everything(folder: StateFolder) -> int:
    """kill -9 of every process of the platform; how many there were."""
    targets = left_behind(folder)
    for process in targets:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(targets, timeout=20)
    return len(targets)


def poll(found: Callable[[], Any], what: str, seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(psycopg.Error, OSError):
            if value := found():
                return value
        assert time.monotonic() < deadline, f"timed out: {what}"
        time.sleep(0.05)


@pytest.mark.timeout(1200)
def test_everything_killed_in_the_middle_of_storing_batches_is_made_good(platform: LocalPlatform) -> None:
    with (platform.root.parent / "first-up.log").open("w") as log:
        first = subprocess.Popen(platform.command("up"), env=platform.environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            poll(platform.folder.env_file.is_file, "settings are written", 30)
            poll(lambda: platform.query("SELECT 1 FROM raw.batches LIMIT 1"), "a first batch is stored", 400)
        finally:
            first.kill()
            first.wait()
            killed = kill_everything(platform.folder)
    assert killed > 15
    assert left_behind(platform.folder) == []

    second = platform.run("up")

    assert second.returncode == 0, second.stdout + second.stderr
    assert "SYNTHETIC" in second.stdout
    expected = json.loads(platform.run("list-batches", "--json").stdout.splitlines()[-1])["batches"]
    counts = platform.counts()
    assert counts["raw.encounters"] == ROWS
    assert counts["raw.batches"] == len(expected)
    assert counts["clean.encounters"] + counts["clean.quarantine"] == ROWS
    assert platform.query("SELECT count(DISTINCT encounter_id) FROM raw.encounters")[0][0] == ROWS
    split_patients = "SELECT patient_nbr FROM clean.encounters GROUP BY patient_nbr HAVING count(DISTINCT split) > 1"
    assert platform.query(split_patients) == []


def test_all_dags_are_green(platform: LocalPlatform) -> None:
    secrets = json.loads(platform.folder.secrets_file.read_text())
    port = int(platform.environment["READMISSION_PORTS__AIRFLOW"])
    with AirflowClient.open(port, secrets["airflow_admin"]) as airflow:
        assert find_last(airflow, DAGS).done


def test_status_shows_every_part_ready(platform: LocalPlatform) -> None:
    done = platform.run("status")
    assert "postgres" in done.stdout
    assert "airflow-scheduler" in done.stdout
    assert done.returncode == 0, done.stdout


def test_running_the_chain_again_adds_nothing(platform: LocalPlatform) -> None:
    before = platform.counts()
    again = platform.run("run-chain")
    assert again.returncode == 0, again.stdout + again.stderr
    assert platform.counts() == before


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
