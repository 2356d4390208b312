"""A real service: its own process, on the real PostgreSQL, following a real MLflow with its files in a real S3."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import numpy as np
import psycopg
import pytest

from readmission.contract.prediction import MODEL_NAME
from tests.conftest import RunningPostgres, free_port
from tests.small_model import SmallModel

BIN = Path(sys.executable).parent
SOURCE = str(Path(__file__).parents[3] / "src")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Poll until true; fail with ``what`` at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@dataclass
class Registry:
    """A real MLflow server with its artifacts in a real S3."""

    port: int
    s3_port: int
    key: str
    secret: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_environment(self) -> dict[str, str]:
        return {
            "MLFLOW_TRACKING_URI": self.url,
            "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{self.s3_port}",
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(lambda: answers(f"{self.url}/health"), "MLflow answers", 90)

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        response = httpx.request(method, f"{self.url}/api/2.0/mlflow/{path}", json=body, timeout=30)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def s3(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.s3_port}",
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
        )

    def register(self, model: SmallModel, tags: Mapping[str, str] | None = None) -> str:
        """Store a model's files and register them as a version; gives the version's number."""
        run = self.call("POST", "runs/create", {"experiment_id": "0", "start_time": 1})["run"]["info"]
        source = f"{run['artifact_uri']}/model"
        bucket, _, prefix = source.removeprefix("s3://").partition("/")
        for file in model.folder.iterdir():
            self.s3().put_object(Bucket=bucket, Key=f"{prefix}/{file.name}", Body=file.read_bytes())
        all_tags = {"manifest_sha256": model.manifest_sha256, "model_hash": model.manifest.model_hash, **(tags or {})}
        httpx.post(f"{self.url}/api/2.0/mlflow/registered-models/create", json={"name": MODEL_NAME}, timeout=30)
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
        return str(created["model_version"]["version"])

    def point_alias(self, alias: str, version: str) -> None:
        self.call("POST", "registered-models/alias", {"name": MODEL_NAME, "alias": alias, "version": version})

    def break_file(self, version: str, name: str, content: bytes) -> None:
        """Replace a stored file of a version, as an attacker or a bad disk would."""
        query = {"name": MODEL_NAME, "version": version}
        uri = httpx.get(f"{self.url}/api/2.0/mlflow/model-versions/get-download-uri", params=query).json()[
            "artifact_uri"
        ]
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        self.s3().put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=content)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """MLflow on SQLite, artifacts in rclone's S3."""
    folder = tmp_path_factory.mktemp("registry")
    (folder / "s3" / "mlflow").mkdir(parents=True)
    key, secret = "key-" + secrets.token_hex(4), secrets.token_urlsafe(16)
    port, s3_port = free_port(), free_port()
    s3_environment = {
        **os.environ,
        "RCLONE_AUTH_KEY": f'"{key},{secret}"',
        "RCLONE_CONFIG": str(folder / "rclone.conf"),
    }
    s3_command = [str(BIN / "rclone"), "serve", "s3", "--addr", f"127.0.0.1:{s3_port}", "--vfs-cache-mode", "off"]
    with (folder / "s3.log").open("wb") as log:
        s3 = subprocess.Popen([*s3_command, str(folder / "s3")], env=s3_environment, stdout=log, stderr=log)
    environment = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{s3_port}",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_ENABLE_AI_GATEWAY": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [str(BIN / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--default-artifact-root", "s3://mlflow/artifacts", "--artifacts-destination", "s3://mlflow/artifacts"]
    command += ["--allowed-hosts", "127.0.0.1:*"]
    running = Registry(port, s3_port, key, secret, command, environment, folder / "mlflow.log")
    try:
        running.start()
        yield running
    finally:
        running.stop()
        s3.terminate()
        s3.wait(10)


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
        with psycopg.connect(self.database_url) as connection:
            return {str(row[0]) for row in connection.execute("SELECT prediction_id FROM serving.predictions")}


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
            service.kill()
            service.client.close()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], SmallModel]:
    """Makes small real models; the number shifts the risks, so that versions can be told apart."""
    folder = tmp_path_factory.mktemp("models")
    return lambda shift: SmallModel.write(folder / secrets.token_hex(4), np.float32(shift))


@pytest.fixture
def make_service(empty_database: RunningPostgres, registry: Registry, tmp_path: Path) -> Iterator[StartService]:
    """Makes services on a fresh database."""
    with services(empty_database, registry, tmp_path) as make:
        yield make
