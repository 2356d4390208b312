"""A real service: its own process, on the real PostgreSQL, following a real MLflow with its files in a real S3."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import psycopg
import pytest

from readmission.contract.prediction import MODEL_NAME
from tests.conftest import RunningParts, RunningPostgres, free_port, renew_database
from tests.end_service import end_service
from tests.signing import TestGate, record_decision
from tests.small_model import SmallModel

SOURCE = str(Path(__file__).parents[3] / "src")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Poll until true; fail with ``what`` at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def answers(url: str) -> bool:
    """True where a GET gives 200."""
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@dataclass
class Registry:
    """The real MLflow server and S3, as the model pipeline would fill them."""

    url: str
    service_environment: dict[str, str]
    postgres: RunningPostgres
    gate: TestGate
    hashes: dict[str, str] = field(default_factory=dict)
    """Version to the hash of its manifest."""

    @property
    def login(self) -> tuple[str, str]:
        """The administrator's."""
        return self.service_environment["MLFLOW_TRACKING_USERNAME"], self.service_environment[
            "MLFLOW_TRACKING_PASSWORD"
        ]

    def call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        address = f"{self.url}/api/2.0/mlflow/{path}"
        response = httpx.request(method, address, json=body, timeout=30, auth=self.login)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def s3(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.service_environment["MLFLOW_S3_ENDPOINT_URL"],
            aws_access_key_id=self.service_environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.service_environment["AWS_SECRET_ACCESS_KEY"],
        )

    def register(self, model: SmallModel, tags: Mapping[str, str] | None = None) -> str:
        """Store a model's files and register them as a version; gives the version's number."""
        run = self.call("POST", "runs/create", {"experiment_id": "0", "start_time": 1})["run"]["info"]
        source = f"{run['artifact_uri']}/model"
        bucket, _, prefix = source.removeprefix("s3://").partition("/")
        for file in model.folder.iterdir():
            self.s3().put_object(Bucket=bucket, Key=f"{prefix}/{file.name}", Body=file.read_bytes())
        all_tags = {"manifest_sha256": model.manifest_sha256, "model_hash": model.manifest.model_hash, **(tags or {})}
        create = f"{self.url}/api/2.0/mlflow/registered-models/create"
        httpx.post(create, json={"name": MODEL_NAME}, timeout=30, auth=self.login)
        created = self.call(
            "POST",
            "model-versions/create",
            {
                "name": MODEL_NAME,
                "source": source,
                "run_id": run["run_id"],
                "tags": [{"key": key, "value": value} for key, value in all_tags.items()],
            },
        )
        version = str(created["model_version"]["version"])
        self.hashes[version] = model.manifest_sha256
        return version

    def on(self, postgres: RunningPostgres) -> "Registry":
        """The same registry, whose gate records in another PostgreSQL."""
        return replace(self, postgres=postgres)

    def make_live(self, alias: str, version: str) -> None:
        """What the gate does at a promotion: sign, record, move the alias."""
        record_as_promoted(self, version)
        self.point_alias(alias, version)

    def point_alias(self, alias: str, version: str) -> None:
        self.call("POST", "registered-models/alias", {"name": MODEL_NAME, "alias": alias, "version": version})

    def break_file(self, version: str, name: str, content: bytes) -> None:
        """Replace a stored file of a version, as an attacker or a bad disk would."""
        query = {"name": MODEL_NAME, "version": version}
        address = f"{self.url}/api/2.0/mlflow/model-versions/get-download-uri"
        uri = httpx.get(address, params=query, auth=self.login).json()["artifact_uri"]
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        self.s3().put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=content)


def forget_versions(registry: Registry) -> None:
    """Delete what earlier tests registered: the next version is the first."""
    address = f"{registry.url}/api/2.0/mlflow/registered-models/delete"
    answer = httpx.request("DELETE", address, json={"name": MODEL_NAME}, timeout=30, auth=registry.login)
    assert answer.status_code in (200, 404), answer.text


@pytest.fixture(scope="session")
def registry(s3_and_mlflow: RunningParts, postgres_server: RunningPostgres, test_gate: TestGate) -> Registry:
    """The session's MLflow and S3, and the gate that signs what is registered there."""
    environment = s3_and_mlflow.environment
    return Registry(environment["MLFLOW_TRACKING_URI"], environment, postgres_server, test_gate)


class Gate:
    """A TCP door to a server that can be shut: the server is away for whoever comes this way."""

    def __init__(self, url: str) -> None:
        self._target = (str(urlsplit(url).hostname), int(urlsplit(url).port or 0))
        self._address = ("127.0.0.1", free_port())
        self._listener: socket.socket | None = None
        self._pipes: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._address[1]}"

    def open(self) -> None:
        self._listener = socket.create_server(self._address)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        assert self._listener is not None
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.shutdown(socket.SHUT_RDWR)
        self._pipes.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                incoming, _ = listener.accept()
                outgoing = socket.create_connection(self._target)
                self._pipes += [incoming, outgoing]
                for source, sink in ((incoming, outgoing), (outgoing, incoming)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError), source, sink:
            while data := source.recv(65_536):
                sink.sendall(data)


@dataclass
class Service:
    """One running inference service."""

    port: int
    environment: dict[str, str]
    state_dir: Path
    log: Path
    database_url: str
    process: "subprocess.Popen[bytes] | None" = None
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=20)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, ready: bool = True) -> "Service":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from readmission.cli import main; main()", "serve", "inference-service"],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        path = "/readyz" if ready else "/healthz"
        wait_until(lambda: answers(self.url + path), f"the service answers {path}; its log: {self.log}", 30)
        return self

    def kill(self) -> None:
        """kill -9 of the whole service."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """At the end of a fixture."""
        if self.process is not None:
            end_service(self.process)
            self.process = None

    def stop(self) -> int:
        """A clean stop; gives the exit code."""
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(20)
        self.process = None
        return code

    def predict(self, encounter: object, **headers: str) -> httpx.Response:
        return self.client.post(
            "/predict", content=json.dumps(encounter), headers={"content-type": "application/json", **headers}
        )

    def live_version(self) -> str | None:
        live = self.client.get("/models").json()["live"]
        return None if live is None else str(live["version"])

    def stored_ids(self) -> set[str]:
        return {row[0] for row in self.stored_rows("prediction_id::text")}

    def stored_rows(self, columns: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(f"SELECT {columns} FROM serving.predictions").fetchall()


StartService = Callable[..., Service]


@contextmanager
def services(postgres: RunningPostgres, registry: Registry, folder: Path) -> Iterator[StartService]:
    """Make services that are killed at the end."""
    made: list[Service] = []

    def make(alias: str, state: str = "state", **settings: str) -> Service:
        port = free_port()
        url = postgres.url("readmission_serving").get_secret_value()
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")},
            **registry.service_environment,
            **registry.gate.environment,
            "PYTHONPATH": SOURCE,
            "READMISSION_STATE_DIR": str(folder / state),
            "READMISSION_SERVING_DATABASE__URL": url,
            "READMISSION_INFERENCE_SERVICE__PORT": str(port),
            "READMISSION_INFERENCE_SERVICE__ALIAS": alias,
            "READMISSION_INFERENCE_SERVICE__ALIAS_POLL_SECONDS": "0.1",
            **settings,
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        service = Service(port, environment, folder / state, folder / f"service-{port}.log", url)
        made.append(service)
        return service

    try:
        yield make
    finally:
        for service in made:
            service.end()
            service.client.close()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], SmallModel]:
    """Makes small real models; the number shifts the risks, so that versions can be told apart."""
    folder = tmp_path_factory.mktemp("models")
    return lambda shift: SmallModel.write(folder / secrets.token_hex(4), shift)


@pytest.fixture(scope="module")
def serving_database(postgres_server: RunningPostgres, migrated_template: str) -> RunningPostgres:
    """A fresh database for all tests of a module; none of them changes more than rows."""
    renew_database(postgres_server, migrated_template)
    return postgres_server


@pytest.fixture
def make_service(empty_database: RunningPostgres, registry: Registry, tmp_path: Path) -> Iterator[StartService]:
    """Makes services on a fresh database."""
    with services(empty_database, registry, tmp_path) as make:
        yield make


def record_as_promoted(
    registry: Registry, version: str, champion: str | None = None, evidence: dict[str, Any] | None = None
) -> None:
    """Write into audit that the gate made a version live, in place of ``champion``, and signed it."""
    url = registry.postgres.url("readmission_gate").get_secret_value()
    signed = registry.gate.sign(version, registry.hashes[version])
    record_decision(url, version, signed, champion_version=champion, evidence=evidence or {})
