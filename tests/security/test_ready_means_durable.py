"""Row 11: PostgreSQL away and the journal's disk full: nothing can take a record, so the service is not ready.

The disk is a small tmpfs, filled to its last byte.
"""

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from readmission.storage.postgres.migrate import migrate
from tests.conftest import RunningPostgres, run_postgres
from tests.integration.inference_service.conftest import Registry, services, wait_until
from tests.integration.inference_service.conftest import models as models
from tests.integration.inference_service.test_endpoint_in_process import keep_local
from tests.signing import TestGate
from tests.small_model import SmallModel

_MEGABYTE = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"only root may mount a small disk: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all that is left."""
    file = folder / "filler"
    with file.open("wb", buffering=0) as target:
        size = _MEGABYTE
        while size:
            try:
                target.write(b"x" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
    assert os.statvfs(folder).f_bavail == 0
    return file


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[RunningPostgres]:
    """A server this test may stop."""
    with run_postgres(tmp_path / "postgres") as server:
        migrate("pipeline", server.url("readmission_migrator"))
        migrate("serving", server.url("readmission_migrator"))
        yield server


def test_ready_only_while_something_durable_can_take_the_next_record(
    own_postgres: RunningPostgres,
    test_gate: TestGate,
    models: Callable[[float], SmallModel],
    small_disk: Path,
    tmp_path: Path,
) -> None:
    # What is live is on this disk; the registry has no part in this.
    keep_local(models(0.0), tmp_path / "state", test_gate, own_postgres)
    registry = Registry("http://127.0.0.1:9", {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}, own_postgres, test_gate)
    journal = {"READMISSION_INFERENCE_SERVICE__JOURNAL_DIR": str(small_disk / "journal")}
    with services(own_postgres, registry, tmp_path) as make:
        service = make("durable", **journal).start()
        own_postgres.stop()
        assert service.predict(FREQUENT_VISITOR).status_code == 200
        assert service.client.get("/readyz").json()["predictions_go_to"] == "journal"

        filler = fill(small_disk)
        wait_until(lambda: service.client.get("/readyz").status_code == 503, "not ready: nothing takes a record", 10)
        detail = service.client.get("/readyz").json()["detail"]
        assert "PostgreSQL is away" in detail
        assert "full" in detail
        refused = service.predict(FREQUENT_VISITOR)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:readmission:unavailable")
        assert service.client.get("/healthz").status_code == 200

        filler.unlink()
        wait_until(lambda: service.client.get("/readyz").status_code == 200, "ready once there is room", 10)
        kept = service.predict(FREQUENT_VISITOR)
        assert kept.status_code == 200

        # A full journal is no harm while PostgreSQL takes the records.
        filler = fill(small_disk)
        own_postgres.start()
        wait_until(
            lambda: service.client.get("/readyz").json().get("predictions_go_to") == "postgresql",
            "PostgreSQL is back",
            15,
        )
        filler.unlink()
        wait_until(lambda: len(service.stored_ids()) == 2, "what was acknowledged reaches PostgreSQL", 20)
