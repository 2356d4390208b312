"""The real data service as a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.conftest import free_port


@contextmanager
def run_data_service(
    state_dir: Path, dataset: str, *, synthetic_rows: int = 2000, batch_size: int = 500
) -> Iterator[str]:
    """Serve a data set (``synthetic`` or a path) and give the service's address once it is ready."""
    port = free_port()
    environment = os.environ | {
        "READMISSION_STATE_DIR": str(state_dir),
        "READMISSION_DATASET": dataset,
        "READMISSION_SYNTHETIC_ROWS": str(synthetic_rows),
        "READMISSION_DATA_SERVICE__PORT": str(port),
        "READMISSION_DATA_SERVICE__BATCH_SIZE": str(batch_size),
    }
    log = state_dir / "data-service.log"
    with log.open("wb") as output:
        command = [sys.executable, "-c", "from readmission.cli import main; main()", "serve", "data-service"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while not _ready(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False
