"""MLflow where it leaves loopback: nobody without a login, and each part only what it needs, on the real server."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import ConfigurationError, UnavailableError
from readmission.local.deployment.secrets import make_secrets
from readmission.local.processes import guard
from readmission.local.programs.environment import read_env_file
from readmission.pipeline.cross_validate import cross_validate_candidate
from readmission.pipeline.promote import promote_version
from readmission.pipeline.train import train_best_candidate
from readmission.services.mlflow_server.run import run_mlflow
from readmission.settings import DatabaseSettings, MlflowSettings, Settings
from readmission.storage.registry.aligned_alias import align_alias
from readmission.storage.registry.registry_reader import RegistryReader
from readmission.storage.registry.roll_back import roll_back
from tests.clean_tables import fill_clean_tables, frame_of_made_up_encounters
from tests.conftest import RunningParts, RunningPostgres, as_role, free_port
from tests.signing import TestGate

COMMON = Path(__file__).resolve().parents[3] / "deploy/config/common.env"
OURS = ("READMISSION_", "MLFLOW_", "AWS_")
RUNS, USERS = ("mlflow_with_login", "mlflow"), ("mlflow_users_with_login", "mlflow")


@dataclass(frozen=True)
class Guarded:
    """An MLflow that asks for a login, and the secrets of a deployment."""

    url: str
    secrets: Path
    users_url: str

    def login(self, part: str) -> tuple[str, str]:
        """User and password as a part's own file gives them."""
        values = read_env_file(self.secrets / f"{part}.env")
        return values["MLFLOW_TRACKING_USERNAME"], values["MLFLOW_TRACKING_PASSWORD"]

    def call(self, part: str | None, method: str, path: str, body: object = None) -> int:
        """Status of a call of MLflow's REST API."""
        login = None if part is None else self.login(part)
        url = f"{self.url}/api/2.0/mlflow/{path}"
        return httpx.request(method, url, json=body, auth=login, timeout=30, trust_env=False).status_code


@pytest.fixture(scope="module")
def guarded(
    postgres_server: RunningPostgres, s3_and_mlflow: RunningParts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    """`readmission serve mlflow` with the file of secrets a deployment gives it; databases of its own."""
    folder = tmp_path_factory.mktemp("guarded")
    make_secrets(folder / "secrets", "127.0.0.1", postgres_server.port)
    with psycopg.connect(postgres_server.superuser_url, autocommit=True) as connection:
        for database, owner in (RUNS, USERS):
            names = sql.Identifier(database), sql.Identifier(owner)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
    users_url = postgres_server.url("mlflow", USERS[0]).get_secret_value()
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment |= read_env_file(COMMON) | read_env_file(folder / "secrets/mlflow.env")
    environment |= {name: value for name, value in s3_and_mlflow.environment.items() if name != "MLFLOW_TRACKING_URI"}
    environment |= {
        "READMISSION_STATE_DIR": str(folder / "state"),
        "READMISSION_MLFLOW__PORT": str(port),
        "READMISSION_MLFLOW__AUTH_DATABASE_URL": users_url,
        "MLFLOW_BACKEND_STORE_URI": postgres_server.url("mlflow", RUNS[0]).get_secret_value(),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    log = folder / "mlflow.log"
    command = [sys.executable, "-c", "from readmission.cli import main; main()", "serve", "mlflow"]
    with log.open("wb") as opened:
        process = subprocess.Popen(command, env=environment, stdout=opened, stderr=opened)
    try:
        deadline = time.monotonic() + 300
        url = f"http://127.0.0.1:{port}"
        while not guard.answers(f"{url}/health"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        yield Guarded(url, folder / "secrets", users_url)
    finally:
        process.terminate()
        process.wait(60)


LogIn = Callable[[str], Settings]


@pytest.fixture
def log_in(guarded: Guarded, s3_and_mlflow: RunningParts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LogIn:
    """Settings of a part, with its own login; MLflow's client reads it from the environment, as in a container."""

    def become(part: str) -> Settings:
        user, password = guarded.login(part)
        for name, value in s3_and_mlflow.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", guarded.url)
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)
        return Settings(_env_file=None, state_dir=tmp_path)

    return become


def test_nobody_gets_in_without_a_login(guarded: Guarded) -> None:
    def stranger(path: str, login: tuple[str, str] | None = None) -> int:
        return httpx.get(f"{guarded.url}/{path}", auth=login, timeout=30, trust_env=False).status_code

    for path in ("", "metrics", "api/2.0/mlflow/registered-models/search", "api/2.0/mlflow-artifacts/artifacts"):
        assert stranger(path) == 401, path
        assert stranger(path, ("admin", "password1234")) == 401, path
    assert guarded.call(None, "POST", "experiments/create", {"name": "stranger"}) == 401
    assert stranger("health") == 200


def test_each_user_may_do_what_its_part_needs_and_no_more(guarded: Guarded) -> None:
    model = {"name": "somebody-elses"}
    assert guarded.call("pipeline", "POST", "registered-models/create", model) == 200
    for reader in ("inference-service", "mlflow-metrics"):
        assert guarded.call(reader, "GET", f"registered-models/get?name={model['name']}") == 200
        assert guarded.call(reader, "PATCH", "registered-models/update", {**model, "description": "x"}) == 403
        assert guarded.call(reader, "DELETE", "registered-models/delete", model) == 403
        new = {"username": "friend", "password": "of-the-friend-1"}
        assert guarded.call(reader, "POST", "users/create", new) == 403
    metrics = httpx.get(f"{guarded.url}/metrics", auth=guarded.login("mlflow-metrics"), timeout=30, trust_env=False)
    assert metrics.status_code == 200
    assert guarded.call("operator", "DELETE", "registered-models/delete", model) == 200


def test_pipeline_registry_and_rollback_work_with_their_logins(
    guarded: Guarded, log_in: LogIn, empty_database: RunningPostgres, test_gate: TestGate, tmp_path: Path
) -> None:
    changed = {
        "signing": test_gate.settings,
        "database": DatabaseSettings(url=empty_database.url("readmission_pipeline")),
        "serving_database": DatabaseSettings(url=empty_database.url("readmission_serving")),
    }
    owner = empty_database.url("readmission_migrator").get_secret_value()
    versions = []
    for seed, kind in ((8, "synthetic"), (9, "file")):
        fill_clean_tables(owner, frame_of_made_up_encounters(3000, seed=seed), kind)
        pipeline = log_in("pipeline").model_copy(update=changed)
        cross_validate_candidate(pipeline, "logistic-regression")
        versions.append(train_best_candidate(pipeline)["version"])
        gate = as_role(log_in("gate").model_copy(update=changed), "readmission_gate")
        assert promote_version(gate, "tester")["champion"] == versions[-1]

    service = log_in("inference-service").model_copy(update=changed)
    reader = RegistryReader(service, MODEL_NAME)
    live = reader.find_alias("champion")
    assert live is not None
    assert live.version == versions[1]
    reader.fetch_file(reader.find_artifact_uri(live.version), "encoder.json", tmp_path / "encoder.json")
    assert (tmp_path / "encoder.json").stat().st_size > 0
    assert roll_back(service, service.serving_database.url, "tester", "test")["champion"] == versions[0]
    with pytest.raises(UnavailableError, match="inference-service may not promote"):
        align_alias(service)
    gate = as_role(log_in("gate").model_copy(update=changed), "readmission_gate")
    assert align_alias(gate) == {"champion": versions[0], "alias_before": versions[1], "moved": True}
    moved = reader.find_alias("champion")
    assert moved is not None
    assert moved.version == versions[0]
    reader.close()

    nobody = service.model_copy(update={"mlflow_tracking_username": None})
    stranger = RegistryReader(nobody, MODEL_NAME)
    with pytest.raises(UnavailableError, match="MLFLOW_TRACKING_USERNAME"):
        stranger.find_alias("champion")
    stranger.close()


def test_a_changed_password_holds_from_the_next_start(guarded: Guarded) -> None:
    user, _ = guarded.login("mlflow-metrics")

    def set_password(password: str) -> "subprocess.CompletedProcess[str]":
        """As the next start does; in a process of its own, since MLflow's server is imported."""
        code = "import sys; from readmission.storage.registry.mlflow_users import make_users\n"
        code += "make_users(sys.argv[1], {sys.argv[2]: sys.argv[3]}, 'admin')"
        command = [sys.executable, "-c", code, guarded.users_url, user, password]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert set_password("another-password").returncode == 0
    answer = httpx.get(f"{guarded.url}/metrics", auth=(user, "another-password"), timeout=30, trust_env=False)
    assert answer.status_code == 200
    assert "ConfigurationError: MLflow's users" in set_password("short").stderr


def test_it_does_not_start_without_its_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_FLASK_SERVER_SECRET_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="make-secrets"):
        run_mlflow(Settings(_env_file=None, state_dir=tmp_path))
    with pytest.raises(ConfigurationError, match="`admin`"):
        run_mlflow(Settings(_env_file=None, mlflow=MlflowSettings(auth_database_url="postgresql://x", users={})))
