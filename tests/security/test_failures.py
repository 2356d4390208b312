"""What goes wrong inside is told as a problem document without a word of the inside; the log says it once."""

import json
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import wait_until
from tests.security.doors import ADMIN_KEY, Door, Start

ROWS = b"\n".join([json.dumps(FREQUENT_VISITOR).encode()] * 1_000)
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=256k", "none", str(folder)], check=False)
    if not made or made.returncode:
        pytest.skip("mounting a small file system takes root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_so(start_inference: Start, small_disk: Path) -> None:
    door = start_inference(TMPDIR=str(small_disk))
    assert door.ask("POST", "/predict/batch", NDJSON, ROWS[:1000].rpartition(b"\n")[0] or ROWS[:1400]).status < 500
    answer = door.ask("POST", "/predict/batch", NDJSON, ROWS)
    assert answer.status == 507, answer
    assert "urn:readmission:storage-full" in answer.text
    assert "retry-after" in answer.head
    assert "Traceback" not in door.log.read_text()
    assert door.log.read_text().count("A disk of the service is full") == 1
    assert list(small_disk.glob("tmp*")) == []
    assert (
        door.ask("POST", "/predict", {"Content-Type": "application/json"}, json.dumps(FREQUENT_VISITOR).encode()).status
        == 200
    )


def test_a_full_disk_of_the_data_service(data: Door) -> None:
    """A limit on the size of files stands for the disk: the kernel refuses a write the same way."""
    worker = next(iter(_workers(data)))
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        headers = {"Content-Type": "text/csv", "X-API-Key": ADMIN_KEY}
        answer = data.ask("PUT", "/arrivals/2009-03", headers, b"x" * 400_000)
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
    assert answer.status == 507, answer
    assert "urn:readmission:storage-full" in answer.text


def _workers(door: Door) -> Iterator[int]:
    import psutil

    for found in psutil.net_connections("tcp"):
        if found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == door.port and found.pid:
            process = psutil.Process(found.pid)
            yield from (child.pid for child in process.children()) if process.children() else (process.pid,)


def test_an_unexpected_failure_tells_nothing_and_is_logged_once(
    start_inference: Start, own_postgres: RunningPostgres
) -> None:
    door = start_inference()
    with psycopg.connect(own_postgres.url("readmission_migrator").get_secret_value(), autocommit=True) as connection:
        connection.execute("ALTER TABLE serving.outcomes RENAME COLUMN kind TO kind_of")
        try:
            prediction = json.loads(
                door.ask(
                    "POST", "/predict", {"Content-Type": "application/json"}, json.dumps(FREQUENT_VISITOR).encode()
                ).body
            )["prediction_id"]
            body = json.dumps({"prediction_id": prediction, "readmitted": "NO"}).encode()
            answer = door.ask("POST", "/outcomes", {"Content-Type": "application/json"}, body)
        finally:
            connection.execute("ALTER TABLE serving.outcomes RENAME COLUMN kind_of TO kind")
    assert answer.status == 500, answer
    problem = json.loads(answer.body)
    assert problem["type"] == "urn:readmission:internal"
    assert "kind" not in answer.text
    wait_until(lambda: "a request failed" in door.log.read_text(), "the log says it")
    assert door.log.read_text().count("Traceback (most recent call last)") == 1
