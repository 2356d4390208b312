"""A real data service: the project's own command, on a free port, with a state folder of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.conftest import free_port
from tests.end_service import end_service
from tests.unit.dataset.made_up import csv_text

ADMIN_KEY = "made-for-this-test"
COMMAND = (sys.executable, "-c", "from readmission.cli import main; main()", "serve", "data-service")


@dataclass
class DataService:
    """One service process; it can be killed and started again on the same state."""

    state_dir: Path
    dataset: str
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All it logged so far."""
        return (self.state_dir / "log").read_text()

    def start(self) -> None:
        """Start the process, without waiting."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("READMISSION_")}
        ours = {
            "READMISSION_STATE_DIR": str(self.state_dir),
            "READMISSION_DATASET": self.dataset,
            "READMISSION_DATASET_URL": "http://127.0.0.1:9/closed.zip",
            "READMISSION_DATA_SERVICE__PORT": str(self.port),
            "READMISSION_DATA_SERVICE__ADMIN_KEY": ADMIN_KEY,
        }
        self.state_dir.mkdir(parents=True, exist_ok=True)
        with (self.state_dir / "log").open("ab") as log:
            self.process = subprocess.Popen(
                COMMAND, env=kept | ours | self.settings, stderr=log, stdout=log, start_new_session=True
            )

    def wait_ready(self) -> httpx.Response:
        """Wait until it is ready; the answer of /readyz."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, self.log
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.get(f"{self.url}/readyz", timeout=5)
                if answer.status_code == 200:
                    return answer
            time.sleep(0.02)  # polling, with a deadline
        raise AssertionError(f"not ready in time: {self.log}")

    def kill(self) -> None:
        """`kill -9` of the process and its workers."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def end(self) -> None:
        """At the end of a fixture."""
        if self.process is not None:
            end_service(self.process)

    def stop(self) -> None:
        """Stop as a supervisor would."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(20)

    def client(self) -> httpx.Client:
        """A client that knows the address."""
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False)


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., DataService]]:
    """Start services that end with the test."""
    started: list[DataService] = []

    def start(dataset: Path | str, wait: bool = True, **settings: str) -> DataService:
        service = DataService(tmp_path / f"state-{len(started)}", str(dataset), settings)
        started.append(service)
        service.start()
        if wait:
            service.wait_ready()
        return service

    yield start
    for service in started:
        service.end()


@pytest.fixture(scope="module")
def small_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataService]:
    """A service on 400 made-up encounters, in batches of 60."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "mine.csv").write_text(csv_text(400))
    settings = {"READMISSION_DATA_SERVICE__BATCH_SIZE": "60"}
    service = DataService(folder / "state", str(folder / "mine.csv"), settings)
    service.start()
    service.wait_ready()
    yield service
    service.end()
