"""The parts a simulation runs on: the platform's own programs, on free ports, in a folder of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from readmission.errors import PlatformError
from readmission.local.processes import guard
from readmission.local.programs import declare as programs
from readmission.local.programs import environment, postgres
from readmission.local.programs.program import Platform, Program
from readmission.local.start import describe, make_buckets, superuser_url, wait_for_postgres
from readmission.local.state.credentials import mlflow_login
from readmission.local.state.folder import StateFolder
from readmission.local.supervise import readiness
from readmission.local.supervise import supervisor as supervision
from readmission.settings import DatabaseSettings, PortSettings, Settings, SigningSettings
from readmission.storage.postgres import databases
from readmission.storage.postgres.migrate import migrate

_FIRST, _THEN = ("postgres",), ("s3", "mlflow", "data-service", "inference-service")
_READY_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Parts:
    """Running parts: settings of the pipeline's steps that use them, and of the gate."""

    settings: Settings
    gate_settings: Settings

    @property
    def inference_url(self) -> str:
        """Address of the inference service."""
        return self.settings.inference_service.url

    @property
    def data_url(self) -> str:
        """Address of the data service."""
        return self.settings.data_service.url


@contextmanager
def run_parts(live: Settings, root: Path, dataset: Path) -> Iterator[Parts]:
    """Start the parts on an empty folder; stop them at the end, whatever happens.

    Args:
        live: settings of the platform beside it; what has nothing to do with places is taken over.
        root: folder of the simulation.
        dataset: CSV the data service starts with.

    Raises:
        PlatformError: a part does not start.
    """
    platform = describe(_own_settings(live, root, dataset))
    declared = {program.name: program for program in programs.declare(platform)}
    files = programs.write_files(list(declared.values()), platform)
    (platform.folder.run / "mlflow-metrics").mkdir(exist_ok=True)
    make_buckets(platform)
    running: list[subprocess.Popen[bytes]] = []

    def start(names: tuple[str, ...]) -> None:
        for name in names:
            with supervision.log_file(platform.folder, name).open("ab") as log:
                command = [sys.executable, "-m", "readmission.local.processes.guard", str(files[name])]
                running.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    try:
        postgres.initialise(platform.cluster, platform.secrets["postgres"])
        start(_FIRST)
        wait_for_postgres(platform)
        databases.create_roles_and_databases(superuser_url(platform), platform.secrets, live.role_connections)
        settings = _settings_of_steps(platform)
        migrator = SecretStr(platform.step_secrets()["migrate"]["READMISSION_DATABASE__OWNER_URL"])
        migrate("pipeline", migrator)
        migrate("serving", migrator)
        start(_THEN)
        for name in ("s3", "mlflow", "data-service"):  # the inference service is ready once there is a champion
            _wait_for(declared[name], platform)
        with _environment_of(platform):
            yield Parts(settings, _settings_of_gate(settings, platform))
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(60)
        postgres.remove_cluster(platform.cluster)


def _own_settings(live: Settings, root: Path, dataset: Path) -> Settings:
    ports = PortSettings(**{name: _free_port() for name in PortSettings.model_fields})
    data_port, inference_port = _free_port(), _free_port()
    return live.model_copy(
        update={
            "state_dir": root,
            "signing": SigningSettings(public_keys_file=StateFolder(root.absolute()).trusted_keys),
            "dataset": str(dataset),
            "dataset_cache": root / "dataset",
            "ports": ports,
            "data_service": live.data_service.model_copy(
                update={"port": data_port, "url": f"http://127.0.0.1:{data_port}", "api_key": None}
            ),
            "inference_service": live.inference_service.model_copy(
                update={
                    "port": inference_port,
                    "url": f"http://127.0.0.1:{inference_port}",
                    "api_key": None,
                    "alias_poll_seconds": 0.5,
                }
            ),
            "mlflow_tracking_uri": f"http://127.0.0.1:{ports.mlflow}",
            "s3_endpoint_url": f"http://127.0.0.1:{ports.s3}",
        }
    )


def _settings_of_steps(platform: Platform) -> Settings:
    secrets = platform.secret_settings()

    def database(name: str) -> DatabaseSettings:
        return DatabaseSettings(url=SecretStr(secrets[f"READMISSION_{name}__URL"]))

    key = SecretStr(secrets["READMISSION_DATA_SERVICE__ADMIN_KEY"])
    return platform.settings.model_copy(
        update={
            "database": database("DATABASE"),
            "serving_database": database("SERVING_DATABASE"),
            "data_service": platform.settings.data_service.model_copy(update={"admin_key": key}),
            "mlflow_tracking_username": "admin",
            "mlflow_tracking_password": SecretStr(platform.secrets["mlflow_admin"]),
            "code_commit": environment.code_commit() or platform.settings.code_commit,
        }
    )


def _settings_of_gate(settings: Settings, platform: Platform) -> Settings:
    url = SecretStr(platform.step_secrets()["gate"]["READMISSION_DATABASE__URL"])
    signing = settings.signing.model_copy(update={"private_key_file": platform.folder.signing_key})
    return settings.model_copy(update={"database": DatabaseSettings(url=url), "signing": signing})


def _wait_for(program: Program, platform: Platform) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not guard.answers(program.ready):
        if time.monotonic() > deadline:
            raise PlatformError(f"{program.name} is not ready: {readiness.last_words(platform.folder, program.name)}")
        time.sleep(0.1)


@contextmanager
def _environment_of(platform: Platform) -> Iterator[None]:
    """MLflow's client knows its S3 and its login by the environment alone; afterwards it is as before.

    Every step runs in this process: it logs in as who may do what all of them do.
    """
    everything = environment.third_party_settings() | platform.open_settings() | platform.secret_settings()
    everything |= mlflow_login(platform.secrets, "admin")
    own = {name: value for name, value in everything.items() if name.startswith(("AWS_", "MLFLOW_"))}
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
