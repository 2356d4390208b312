"""The cluster made anew: modes, passwords, and nothing left once it is removed."""

import os
import shutil
import signal
from pathlib import Path

import psycopg
import pytest

from readmission.local.programs import postgres
from tests.conftest import RunningPostgres, free_port


def test_the_server_wants_a_password_and_listens_on_loopback(postgres_server: RunningPostgres) -> None:
    with psycopg.connect(postgres_server.superuser_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
    wrong = postgres_server.superuser_url.replace(postgres_server.superuser_password, "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_databases_are_apart(postgres_server: RunningPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(postgres_server.url("readmission_reader", "airflow").get_secret_value())


def test_a_cut_initdb_is_made_good_and_removing_leaves_nothing(tmp_path: Path) -> None:
    cluster = postgres.locate_cluster(tmp_path / "state")
    cluster.data_dir.mkdir(parents=True)
    (cluster.data_dir / "PG_VERSION").write_text("18\n")  # what a killed initdb leaves

    assert postgres.initialise(cluster, "a-password")
    assert not postgres.initialise(cluster, "a-password")
    assert cluster.data_dir.stat().st_mode & 0o777 == 0o700
    if os.geteuid() == 0:
        assert cluster.os_user is not None
        assert cluster.data_dir.stat().st_uid == cluster.os_user.pw_uid != 0
    server = RunningPostgres(cluster, free_port(), {}, "a-password").start()
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0

    postgres.remove_cluster(cluster)
    assert not cluster.data_dir.exists()
    if cluster.bin_dir != postgres.wheel_bin_dir():
        assert not cluster.data_dir.parent.exists()


def test_the_cluster_of_a_deleted_clone_is_set_aside_not_asked_and_not_deleted(tmp_path: Path) -> None:
    cluster = postgres.locate_cluster(tmp_path / "state")
    postgres.initialise(cluster, "its-password")
    assert postgres.set_aside(cluster, "its-password") is None

    kept = postgres.set_aside(cluster, "password-of-a-new-clone")

    assert kept is not None
    assert (kept / "global" / "pg_control").is_file()
    assert not cluster.initialised
    assert postgres.set_aside(cluster, "password-of-a-new-clone") is None
    assert postgres.initialise(cluster, "password-of-a-new-clone")
    postgres.remove_cluster(cluster)
    shutil.rmtree(kept, ignore_errors=True)
