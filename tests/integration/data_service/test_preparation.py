"""Starting: once prepared always found, killed at any moment made good, wrong data refused in one line."""

import hashlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.integration.data_service.conftest import DataService

StartService = Callable[..., DataService]


def list_hashes(service: DataService) -> dict[str, list[str]]:
    with service.client() as client:
        return {
            split: [batch["sha256"] for batch in client.get(f"/splits/{split}/batches").json()["batches"]]
            for split in ("train", "validation", "test")
        }


def batch_files(service: DataService) -> list[Path]:
    return sorted(service.state_dir.glob("data_service/*/batches/*.csv"))


def is_prepared(service: DataService) -> bool:
    catalogs = list(service.state_dir.glob("data_service/*/catalog.sqlite"))
    if not catalogs:
        return False
    with sqlite3.connect(catalogs[0]) as connection:
        try:
            return bool(connection.execute("SELECT COUNT(*) FROM dataset").fetchone() == (1,))
        except sqlite3.OperationalError:
            return False
        finally:
            connection.rollback()


def test_killed_while_preparing(start_service: StartService) -> None:
    settings = {"READMISSION_SYNTHETIC_ROWS": "30000", "READMISSION_DATA_SERVICE__BATCH_SIZE": "100"}
    service = start_service("synthetic", wait=False, **settings)
    deadline = time.monotonic() + 60
    while len(batch_files(service)) < 20:
        assert time.monotonic() < deadline, service.log
    service.kill()
    assert not is_prepared(service)
    service.start()
    service.wait_ready()
    hashes = list_hashes(service)
    for path in batch_files(service):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    assert sorted(path.stem for path in batch_files(service)) == sorted(
        sha256 for each in hashes.values() for sha256 in each
    )
    untouched = start_service("synthetic", **settings)
    assert list_hashes(untouched) == hashes


def test_a_second_start_finds_the_batches_and_mends_damaged_ones(start_service: StartService) -> None:
    service = start_service("synthetic", READMISSION_SYNTHETIC_ROWS="3000")
    hashes = list_hashes(service)
    service.stop()
    made_at = {path: path.stat().st_mtime_ns for path in batch_files(service)}
    damaged, missing, whole = batch_files(service)[:3]
    service.start()
    service.wait_ready()
    assert {path: path.stat().st_mtime_ns for path in batch_files(service)} == made_at
    service.stop()
    damaged.write_bytes(b"damaged")
    missing.unlink()
    service.start()
    service.wait_ready()
    assert list_hashes(service) == hashes
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.stem for path in (damaged, missing, whole))


def test_arrow_is_given_right_after_synthetic_encounters_were_made(start_service: StartService) -> None:
    """Polars' threads do not survive a fork: a worker forked from the process that made the data would hang."""
    service = start_service("synthetic", READMISSION_SYNTHETIC_ROWS="3000")
    with service.client() as client:
        answer = client.get("/splits/test/batches/0", headers={"Accept": "application/vnd.apache.arrow.stream"})
        listed = client.get("/splits/test/batches").json()["batches"][0]
    assert pl.read_ipc_stream(answer.content).height == listed["rows"]


def test_synthetic_is_said_loudly_where_there_is_no_network(start_service: StartService) -> None:
    service = start_service("auto", READMISSION_SYNTHETIC_ROWS="500")
    with service.client() as client:
        dataset = client.get("/dataset").json()
    assert (dataset["kind"], dataset["synthetic"], dataset["rows"]) == ("synthetic", True, 500)
    assert "SYNTHETIC" in dataset["note"]
    assert "UCI could not be reached" in dataset["note"]
    assert "SYNTHETIC" in service.log


@pytest.mark.parametrize(
    ("dataset", "says"), [("nowhere.csv", "no such file"), ("uci", "cannot be reached"), ("moon", "expected auto, uci")]
)
def test_no_data_set_is_one_line_and_an_exit_code(start_service: StartService, dataset: str, says: str) -> None:
    service = start_service(dataset, wait=False)
    assert service.process is not None
    assert service.process.wait(60) == 7
    assert len(service.log.splitlines()) == 1
    assert says in service.log


def test_a_taken_port_is_one_line(start_service: StartService) -> None:
    first = start_service("synthetic", READMISSION_SYNTHETIC_ROWS="100")
    second = start_service(
        "synthetic",
        wait=False,
        READMISSION_SYNTHETIC_ROWS="100",
        READMISSION_DATA_SERVICE__PORT=str(first.port),
    )
    assert second.process is not None
    assert second.process.wait(60) == 9
    assert "cannot listen on 127.0.0.1" in second.log
    assert "Traceback" not in second.log
