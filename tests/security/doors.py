"""The four services as processes of their own, and raw HTTP to them: no client tidies a request up."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunningPostgres, free_port, run_postgres
from tests.integration.inference_service.conftest import (
    SOURCE,
    Registry,
    answers,
    services,
    wait_until,
)
from tests.running_data_service import run_data_service
from tests.small_model import SmallModel

PATIENCE_SECONDS = 60
ADMIN_KEY = "the-admin-key-of-these-tests"
DOORS = ("inference-service", "data-service", "ui", "metrics-exporter")


@dataclass(frozen=True)
class Answer:
    """What came back: status 0 if nothing did."""

    status: int
    head: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


@dataclass(frozen=True)
class Door:
    """A running service."""

    name: str
    port: int
    log: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        host: str | None = None,
    ) -> Answer:
        """One request as given; ``Host`` is the loopback name unless another is given, ``""`` for none."""
        lines = [f"{method} {path} HTTP/1.1", "Connection: close"]
        named = f"127.0.0.1:{self.port}" if host is None else host
        lines += [f"Host: {named}"] if named else []
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body and not any(name.lower() in ("content-length", "transfer-encoding") for name in headers or {}):
            lines.append(f"Content-Length: {len(body)}")
        return self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def send(self, request: bytes) -> Answer:
        with self.connect() as connection:
            with suppress(ConnectionError):  # refused before all of it was sent: the answer may be there nevertheless
                connection.sendall(request)
            return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """All that comes until the service closes."""
    received = b""
    try:
        while part := connection.recv(1 << 16):
            received += part
    except ConnectionError:
        pass
    head, _, body = received.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/1.1 ") else 0
    text = head.decode("latin-1")
    if "transfer-encoding: chunked" in text.lower():
        body = _join_chunks(body)
    return Answer(status, text, body)


def _join_chunks(body: bytes) -> bytes:
    joined = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        joined += body[: int(size or b"0", 16)]
        body = body[int(size or b"0", 16) + 2 :]
    return joined


@pytest.fixture(scope="session")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    """A server of these tests' own: other tests drop the shared one's database."""
    from readmission.storage.postgres.migrate import migrate

    with run_postgres(tmp_path_factory.mktemp("security-state")) as server:
        for part in ("pipeline", "serving"):
            migrate(part, server.url("readmission_migrator"))
        yield server


Start = Callable[..., Door]


@pytest.fixture(scope="session")
def start_inference(
    own_postgres: RunningPostgres,
    registry: Registry,
    models: Callable[[float], SmallModel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Start]:
    """Starts inference services on the tests' own database."""
    registry.on(own_postgres).make_live("security", registry.register(models(0.0)))
    with services(own_postgres, registry, tmp_path_factory.mktemp("inference")) as make:

        def start(**settings: str) -> Door:
            settings = {"READMISSION_INFERENCE_SERVICE__ADMIN_KEY": ADMIN_KEY, **settings}
            service = make("security", f"state-{free_port()}", **settings).start()
            return Door("inference-service", service.port, service.log)

        yield start


@pytest.fixture(scope="session")
def inference(start_inference: Start) -> Door:
    return start_inference()


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("data")
    os.environ["READMISSION_DATA_SERVICE__ADMIN_KEY"] = ADMIN_KEY
    try:
        with run_data_service(folder, "synthetic") as url:
            yield Door("data-service", int(url.rpartition(":")[2]), folder / "data-service.log")
    finally:
        del os.environ["READMISSION_DATA_SERVICE__ADMIN_KEY"]


@contextmanager
def _run(service: str, folder: Path, settings: Mapping[str, str]) -> Iterator[Door]:
    port = free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")},
        "PYTHONPATH": SOURCE,
        "READMISSION_STATE_DIR": str(folder),
        f"READMISSION_{service.replace('-', '_').upper()}__PORT": str(port),
        "READMISSION_AIRFLOW__URL": "http://127.0.0.1:9",
        **settings,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    log = folder / f"{service}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from readmission.cli import main; main()", "serve", service],
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), f"{service} answers; its log: {log}", 180)
        yield Door(service, port, log)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def page(inference: Door, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    settings = {
        "READMISSION_INFERENCE_SERVICE__URL": f"http://127.0.0.1:{inference.port}",
        "READMISSION_UI__PROMETHEUS_URL": "http://127.0.0.1:9",
    }
    with _run("ui", tmp_path_factory.mktemp("ui"), settings) as door:
        yield door


@pytest.fixture(scope="session")
def exporter(own_postgres: RunningPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    settings = {
        "READMISSION_DATABASE__URL": own_postgres.url("readmission_pipeline").get_secret_value(),
        "READMISSION_SERVING_DATABASE__URL": own_postgres.url("readmission_serving").get_secret_value(),
    }
    with _run("metrics-exporter", tmp_path_factory.mktemp("exporter"), settings) as door:
        yield door


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    """Each service in turn."""
    names = {"inference-service": "inference", "data-service": "data", "ui": "page", "metrics-exporter": "exporter"}
    found: Any = request.getfixturevalue(names[request.param])
    assert isinstance(found, Door)
    return found
