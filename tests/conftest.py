"""Fixtures shared by all tests: a real PostgreSQL, and the real data set where there is one."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from readmission.local.programs import postgres
from readmission.settings import Settings
from readmission.storage.postgres import databases
from tests.real_model import real_model as real_model
from tests.real_model import real_splits as real_splits
from tests.signing import TestGate

_ON_REAL_DATA = "on_real_data"


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_SERVERS: dict[int, "RunningPostgres"] = {}
"""Running servers by port."""


def as_role(settings: Settings, role: str) -> Settings:
    """The same settings, with another role's access to the pipeline's database: what its step's file does."""
    assert settings.database.url is not None
    server = _SERVERS[int(settings.database.url.get_secret_value().rsplit(":", 1)[1].split("/")[0])]
    return settings.model_copy(update={"database": settings.database.model_copy(update={"url": server.url(role)})})


@dataclass(frozen=True)
class RunningPostgres:
    """A real server: URLs by role, and what is needed to kill and restart it."""

    cluster: postgres.PostgresCluster
    port: int
    passwords: dict[str, str]
    superuser_password: str
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    """Every server started; the last one runs."""

    def url(self, role: str, database: str = "readmission") -> SecretStr:
        """libpq URL of a role."""
        return SecretStr(databases.database_url(role, self.passwords[role], database, self.port))

    @property
    def superuser_url(self) -> str:
        """libpq URL of the superuser."""
        return databases.database_url(postgres.SUPERUSER, self.superuser_password, "postgres", self.port)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server and wait until it answers."""
        process = subprocess.Popen(
            self.cluster.server_command(self.port),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **postgres.drop_privileges(self.cluster),
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.superuser_url, connect_timeout=2).close()
                self.processes.append(process)
                return process
            except psycopg.OperationalError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server (SIGINT: fast shutdown) or kill it, and wait until it is gone."""
        self.processes[-1].send_signal(how)
        self.processes[-1].wait(30)


@contextmanager
def run_postgres(state_dir: Path) -> Iterator[RunningPostgres]:
    """A real PostgreSQL with the platform's roles and databases, empty of tables."""
    cluster = postgres.locate_cluster(state_dir)
    superuser_password = secrets.token_urlsafe(16)
    postgres.initialise(cluster, superuser_password)
    passwords = {role: secrets.token_urlsafe(16) for role in databases.ROLES}
    server = RunningPostgres(cluster, free_port(), passwords, superuser_password)
    server.start()
    _SERVERS[server.port] = server
    try:
        databases.create_roles_and_databases(server.superuser_url, passwords)
        yield server
    finally:
        server.stop()
        postgres.remove_cluster(cluster)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    """The PostgreSQL that all tests share; nobody stops it."""
    with run_postgres(tmp_path_factory.mktemp("state")) as server:
        yield server


@pytest.fixture(scope="session")
def test_gate(tmp_path_factory: pytest.TempPathFactory) -> TestGate:
    """The gate's key pair in all tests."""
    return TestGate.make(tmp_path_factory.mktemp("gate"))


def renew_database(server: RunningPostgres, template: str) -> None:
    """Make the ``readmission`` database anew, as a copy of another."""
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS readmission WITH (FORCE)")
        connection.execute(f"CREATE DATABASE readmission OWNER readmission_migrator TEMPLATE {template}")
    databases.create_roles_and_databases(server.superuser_url, server.passwords)  # a copy has no rights of its own


@pytest.fixture(scope="session")
def migrated_template(postgres_server: RunningPostgres) -> str:
    """Name of a database with every table and no row, to copy: faster than to migrate for each test."""
    from readmission.storage.postgres.migrate import migrate

    renew_database(postgres_server, "template1")
    owner = postgres_server.url("readmission_migrator")
    migrate("pipeline", owner)
    migrate("serving", owner)
    with psycopg.connect(postgres_server.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER DATABASE readmission RENAME TO migrated")
    return "migrated"


@pytest.fixture
def empty_database(postgres_server: RunningPostgres, migrated_template: str) -> RunningPostgres:
    """The server with a fresh, migrated ``readmission`` database for this test alone."""
    renew_database(postgres_server, migrated_template)
    return postgres_server


@pytest.fixture(scope="session")
def real_dataset() -> Path:
    """The real data set's archive, from ``READMISSION_DATASET``; the test is skipped without it."""
    named = os.environ.get("READMISSION_DATASET", "")
    path = Path(named)
    if not named or not path.is_file():
        pytest.skip("READMISSION_DATASET does not name the real data set")
    return path


@dataclass(frozen=True)
class RunningParts:
    """S3 (rclone) and the MLflow server, started exactly as the platform starts them."""

    settings: Settings
    environment: dict[str, str]
    """Addresses and keys for a client: ``AWS_*``, ``MLFLOW_*``; it logs in to MLflow as the administrator."""
    log_folder: Path
    secrets: dict[str, str]
    """Every secret of the platform, by its name (``local/state/credentials.py``)."""
    state_folder: Path

    def mlflow_login(self, user: str) -> tuple[str, str]:
        """User and password of one of MLflow's users."""
        return user, self.secrets[f"mlflow_{user}"]


@pytest.fixture(scope="session")
def s3_and_mlflow(postgres_server: RunningPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningParts]:
    """A real S3 with the platform's buckets, and a real MLflow server that keeps its artifacts there."""
    from readmission.local.processes import guard
    from readmission.local.programs import declare as programs
    from readmission.local.start import describe, make_buckets
    from readmission.local.state import credentials
    from readmission.settings import PortSettings

    ports = PortSettings(postgres=postgres_server.port, s3=free_port(), mlflow=free_port())
    described = describe(Settings(state_dir=tmp_path_factory.mktemp("parts"), dataset="synthetic", ports=ports))
    platform = replace(described, secrets={**described.secrets, **postgres_server.passwords})
    make_buckets(platform)
    declared = [program for program in programs.declare(platform) if program.name in ("s3", "mlflow")]
    guards = []
    try:
        for name, file in programs.write_files(declared, platform).items():
            log = (platform.folder.logs / f"{name}.log").open("wb")
            with log:
                command = [sys.executable, "-m", "readmission.local.processes.guard", str(file)]
                guards.append(subprocess.Popen(command, stdout=log, stderr=log))
        deadline = time.monotonic() + 120
        for program in declared:
            while not guard.answers(program.ready):
                assert time.monotonic() < deadline, (platform.folder.logs / f"{program.name}.log").read_text()
                time.sleep(0.1)
        everything = platform.open_settings() | platform.secret_settings()
        everything |= credentials.mlflow_login(platform.secrets, "admin")
        third_party = {"AWS_DEFAULT_REGION": "us-east-1"}
        client = {name: value for name, value in everything.items() if name.startswith(("AWS_", "MLFLOW_"))}
        folder, secrets_made = platform.folder, dict(platform.secrets)
        yield RunningParts(platform.settings, client | third_party, folder.logs, secrets_made, folder.root)
    finally:
        for process in guards:
            process.terminate()
        for process in guards:
            process.wait(30)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """How tests are shared out by ``--dist loadfile``; other ways are xdist's own."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests.side_by_side import FilesTogether

    return FilesTogether(config, log)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Remember in the test's report that it saw the real data set."""
    if "real_dataset" in getattr(item, "funcargs", {}):
        item.user_properties.append((_ON_REAL_DATA, True))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests ran on real data: a green run without it proves less."""
    terminalreporter.section("tests on the real data set")
    reports = [report for found in terminalreporter.stats.values() for report in found]
    names = [
        report.nodeid
        for report in reports
        if getattr(report, "when", "") == "teardown" and (_ON_REAL_DATA, True) in map(tuple, report.user_properties)
    ]
    terminalreporter.write_line("\n".join(names) or "none: READMISSION_DATASET does not name it")
