"""A whole local platform on small made-up data, with ports and a state folder of its own."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import psycopg

from readmission.local.programs import observing
from readmission.local.start import left_behind
from readmission.local.state.folder import StateFolder
from readmission.settings import Settings
from tests.conftest import free_port
from tests.system.deployment import Deployment

ROOT = Path(__file__).resolve().parents[2]
ROWS, BATCH = 8_000, 1_600
"""Enough encounters for the gate to judge a model by, in enough batches to be cut off between two."""
NETWORK_ADDRESS = "10.83.0.1"
"""What other machines call it by (test_other_machines.py)."""
_PORTS = {
    "inference": "INFERENCE_SERVICE__PORT",
    "data": "DATA_SERVICE__PORT",
    "ui": "UI__PORT",
    "airflow": "PORTS__AIRFLOW",
    "mlflow": "PORTS__MLFLOW",
    "postgres": "PORTS__POSTGRES",
    "prometheus": "PORTS__PROMETHEUS",
}
_OTHER_PORTS = (
    "METRICS_EXPORTER__PORT",
    "PORTS__S3",
    "PORTS__ALERTMANAGER",
    "PORTS__NODE_EXPORTER",
    "PORTS__POSTGRES_EXPORTER",
    "PORTS__LOAD_TEST_METRICS",
)


@dataclass
class LocalPlatform:
    """Where it is, what its commands run with, and what they said."""

    root: Path
    environment: dict[str, str]
    killed: int = 0
    """Processes killed in the middle of its first start."""
    outputs: list["subprocess.CompletedProcess[str]"] = field(default_factory=list)

    @classmethod
    def describe(cls, folder: Path) -> "LocalPlatform":
        """One that is to run in a folder; nothing is started yet."""
        dags = folder / "dags"  # a copy: a test breaks one of them
        shutil.copytree(ROOT / "dags", dags, ignore=shutil.ignore_patterns("__pycache__"))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("READMISSION_", "AIRFLOW_"))}
        own = {f"READMISSION_{name}": str(free_port()) for name in (*_PORTS.values(), *_OTHER_PORTS)}
        own |= {
            "READMISSION_STATE_DIR": str(folder / "state"),
            "READMISSION_DATASET": "synthetic",
            "READMISSION_SYNTHETIC_ROWS": str(ROWS),
            "READMISSION_DATA_SERVICE__BATCH_SIZE": str(BATCH),
            "READMISSION_DAGS_DIR": str(dags),
            "READMISSION_HTTP__ALLOWED_HOSTS": NETWORK_ADDRESS,
            "COLUMNS": "200",
        }
        return cls(folder / "state", kept | own)

    @property
    def folder(self) -> StateFolder:
        return StateFolder(self.root)

    @property
    def deployment(self) -> Deployment:
        """The platform as any other running system."""
        ports = {part: int(self.environment[f"READMISSION_{name}"]) for part, name in _PORTS.items()}
        found = replace(Deployment.open(self.root, ports), restart=self.restart)
        return replace(found, addresses={**found.addresses, "prometheus": "none"}) if observing.missing() else found

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
        self.outputs.append(done)
        return done

    def start_cut_off(self) -> None:
        """Start it, kill every process with kill -9 once a first batch is stored, start it again to the end."""
        with (self.root.parent / "first-up.log").open("w") as log:
            first = subprocess.Popen(self.command("up"), env=self.environment, cwd=ROOT, stdout=log, stderr=log)
            try:
                poll(self.folder.env_file.is_file, "settings are written", 60)
                poll(lambda: self.query("SELECT 1 FROM raw.batches LIMIT 1"), "a first batch is stored", 400)
            finally:
                first.kill()
                first.wait()
                self.killed = kill_everything(self.folder)
        assert left_behind(self.folder) == []
        self.run("up", seconds=1500)

    def restart(self) -> None:
        """Stop all, start all."""
        for verb in ("down", "up"):
            done = self.run(verb)
            assert done.returncode == 0, done.stdout + done.stderr

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        settings = Settings(_env_file=self.folder.env_file)
        assert settings.database.url is not None
        with psycopg.connect(settings.database.url.get_secret_value(), connect_timeout=2) as connection:
            return connection.execute(statement).fetchall()


def kill_everything(folder: StateFolder) -> int:
    """kill -9 of every process of the platform; how many there were."""
    targets = left_behind(folder)
    for process in targets:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(targets, timeout=20)
    return len(targets)


def poll(found: Callable[[], Any], what: str, seconds: float) -> Any:
    """What is found, once it is; a database that is not there yet counts as not found."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(psycopg.Error, OSError):
            if value := found():
                return value
        assert time.monotonic() < deadline, f"timed out: {what}"
        time.sleep(0.05)


def run_local_platform(folder: Path) -> Iterator[LocalPlatform]:
    """The platform, cut off once in its first start; deleted in the end."""
    made = LocalPlatform.describe(folder)
    try:
        made.start_cut_off()
        yield made
    finally:
        made.run("clean", "--yes")
