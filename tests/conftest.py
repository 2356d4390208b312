"""Fixtures shared by all tests: a real PostgreSQL, and the real data set where there is one."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from readmission.local import databases, postgres


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class RunningPostgres:
    """A real server: URLs by role, and what is needed to kill and restart it."""

    cluster: postgres.PostgresCluster
    port: int
    passwords: dict[str, str]
    superuser_password: str

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
                return process
            except psycopg.OperationalError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    """A real PostgreSQL with the platform's roles and databases, empty of tables."""
    state_dir = tmp_path_factory.mktemp("state")
    cluster = postgres.locate_cluster(state_dir)
    superuser_password = secrets.token_urlsafe(16)
    postgres.initialise(cluster, superuser_password)
    passwords = {role: secrets.token_urlsafe(16) for role in databases.ROLES}
    server = RunningPostgres(cluster, free_port(), passwords, superuser_password)
    process = server.start()
    try:
        databases.create_roles_and_databases(server.superuser_url, passwords)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        postgres.remove_cluster(cluster)


@pytest.fixture
def empty_database(postgres_server: RunningPostgres) -> RunningPostgres:
    """The server with a fresh, migrated ``readmission`` database for this test alone."""
    from readmission.storage.migrate import migrate

    with psycopg.connect(postgres_server.superuser_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS readmission WITH (FORCE)")
    databases.create_roles_and_databases(postgres_server.superuser_url, postgres_server.passwords)
    owner = postgres_server.url("readmission_owner")
    migrate("pipeline", owner)
    migrate("serving", owner)
    return postgres_server


@pytest.fixture(scope="session")
def real_dataset() -> Path:
    """The real data set's archive, from ``READMISSION_DATASET``; the test is skipped without it."""
    named = os.environ.get("READMISSION_DATASET", "")
    path = Path(named)
    if not named or not path.is_file():
        pytest.skip("READMISSION_DATASET does not name the real data set")
    return path
