"""Env files, secrets and compose say only what `Settings` knows, and give each part only what it needs."""

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from readmission.contract.api_key import HEADER
from readmission.local.deployment.secrets import CALLERS, make_secrets
from readmission.local.programs.environment import read_env_file
from readmission.local.state.credentials import MLFLOW_USERS
from readmission.settings import Settings
from readmission.storage.postgres import databases
from readmission.web.key_file import KeyFile
from tests.deploy.conftest import REPOSITORY

CONFIG = REPOSITORY / "deploy" / "config"
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "deploy/compose/compose.yaml").read_text())
THIRD_PARTY = re.compile(
    r"(AIRFLOW__[A-Z0-9_]+__[A-Z0-9_]+|AWS_[A-Z_]+|MLFLOW_[A-Z0-9_]+|GF_[A-Z_]+|POSTGRES_[A-Z_]+|MINIO_ROOT_[A-Z]+|LOCUST_[A-Z_]+|DATA_SOURCE_NAME|READMISSION_TASKS_AT_ONCE|READMISSION_LOAD_METRICS_HOST|READMISSION_LOAD_RESULTS)$"
)


SHARED = (
    "api-keys", "airflow-passwords.json", "s3-identities.json", "mlflow-metrics-password", "postgres-password",
    "migrate.env", "gate-key.pem", "trusted-keys.pem", "gate.env",
)  # fmt: skip
"""Mounted into containers that run as somebody else: compose gives them to a group those are in."""


def known_variables() -> set[str]:
    """Every variable `Settings` reads, nested ones included."""
    names = set()

    def walk(model: Any, prefix: str) -> None:
        for name, field in model.model_fields.items():
            here = f"{prefix}{name.upper()}"
            names.add(here)
            if isinstance(field.annotation, type) and hasattr(field.annotation, "model_fields"):
                walk(field.annotation, f"{here}__")

    walk(Settings, "READMISSION_")
    return names


def assert_known(name: str, where: object) -> None:
    assert name in known_variables() or THIRD_PARTY.match(name), f"{where}: {name} is no setting"


@pytest.mark.parametrize("path", sorted([*CONFIG.glob("*.env"), *CONFIG.glob("machines/*.env"), *(REPOSITORY / "deploy/kubernetes").rglob("*.env")]), ids=lambda path: path.name)  # fmt: skip  # noqa: E501
def test_env_files_hold_settings_that_exist_and_no_secret(path: Path) -> None:
    for name in read_env_file(path):
        assert_known(name, path.name)
        assert not re.search(r"PASSWORD$|SECRET|_KEY$", name), f"{path.name}: {name} belongs into the secrets"


def test_secret_files_hold_settings_that_exist(secrets_folder: Path) -> None:
    for path in secrets_folder.glob("*.env"):
        for name in read_env_file(path):
            assert_known(name, path.name)


def test_settings_load_from_what_each_part_gets(secrets_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("stores", "pipeline", "inference-service", "data-service"):
        for target in ("compose", "kubernetes"):
            with monkeypatch.context() as patch:
                for name in list(__import__("os").environ):
                    if name.startswith(("READMISSION_", "AWS_", "MLFLOW_")):
                        patch.delenv(name)
                files = (CONFIG / "common.env", CONFIG / f"{target}.env", secrets_folder / f"{part}.env")
                for file in files:
                    for name, value in read_env_file(file).items():
                        patch.setenv(name, value)
                settings = Settings(_env_file=None)
            assert settings.s3_endpoint_url == "http://s3:8333"
            assert settings.mlflow_tracking_uri == "http://mlflow:5000"
            if part == "stores":
                assert set(settings.role_passwords) == set(databases.ROLES)


def test_secrets_are_random_kept_and_private(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    assert make_secrets(first, "postgres", 5432)
    make_secrets(second, "postgres", 5432)
    assert (first / "pipeline.env").read_text() != (second / "pipeline.env").read_text()
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    assert make_secrets(first, "elsewhere", 5432) == []
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    for path in first.iterdir():
        shared = path.name in SHARED
        assert stat.S_IMODE(path.stat().st_mode) == (0o640 if shared else 0o600), path.name


def test_services_get_no_secret_of_others(secrets_folder: Path) -> None:
    inference = read_env_file(secrets_folder / "inference-service.env")
    assert not any("OWNER" in name or "SUPERUSER" in name for name in inference)
    assert "readmission_serving" in inference["READMISSION_SERVING_DATABASE__URL"]
    for caller in ("ui", "load-tests", "data-service"):
        assert len(read_env_file(secrets_folder / f"{caller}.env")) == 1


def test_callers_keys_open_what_they_are_for(secrets_folder: Path) -> None:
    keys = KeyFile(secrets_folder / "api-keys")
    for caller, scopes in CALLERS.items():
        key = keys.find(read_env_file(secrets_folder / f"{caller}.env")["READMISSION_INFERENCE_SERVICE__API_KEY"])
        assert key is not None, caller
        assert (key.name, key.scopes) == (caller, frozenset(scopes))
    assert HEADER == "X-API-Key"


def test_compose_gives_no_password_and_binds_loopback() -> None:
    for name, service in COMPOSE["services"].items():
        for port in service.get("ports", []):
            assert port.startswith("${BIND_ADDRESS:-127.0.0.1}:"), name
        for variable in service.get("environment") or {}:
            assert_known(variable, name) if variable.startswith("READMISSION_") else None
            assert not re.search(r"(PASSWORD|SECRET)(?!.*_(FILE|DIR)$)", variable), name
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name


def test_compose_images_and_ports_are_those_of_the_dockerfile(secrets_folder: Path) -> None:
    dockerfile = (REPOSITORY / "deploy/docker/Dockerfile").read_text()
    for name, service in COMPOSE["services"].items():
        if service["image"].startswith("${REGISTRY"):
            image = re.search(r"/([a-z-]+):", service["image"].split("}", 1)[1])
            assert image is not None
            assert f" AS {image.group(1)}\n" in dockerfile, name
        for file in service.get("env_file", []):
            if "secrets/" in file:
                assert (secrets_folder / Path(file).name).is_file(), (name, file)
            elif "$" not in file:
                assert (REPOSITORY / "deploy/compose" / file).resolve().is_file(), (name, file)
    for name in ("data-service", "inference-service", "mlflow", "ui", "load-tests"):
        inside = COMPOSE["services"][name]["ports"][0].rsplit(":", 1)[1]
        assert re.search(rf"^EXPOSE {inside}\b", dockerfile, re.M), name


def test_images_set_variables_that_exist() -> None:
    dockerfile = (REPOSITORY / "deploy/docker/Dockerfile").read_text()
    names = re.findall(r"\b(READMISSION_[A-Z0-9_]+)=", dockerfile)
    assert names
    for name in names:
        assert_known(name, "Dockerfile")


def test_prometheus_scrapes_parts_of_compose_and_mlflow_by_its_login(secrets_folder: Path) -> None:
    prometheus = REPOSITORY / "deploy/prometheus"
    published = {p.split(":")[-2].rstrip("}") for s in COMPOSE["services"].values() for p in s.get("ports", [])}
    for folder in ("targets", "three-machines"):
        assert {file.name for file in (prometheus / folder).iterdir()} == {"services.json", "mlflow.json", "alertmanager.json"}  # fmt: skip  # noqa: E501
        for file in (prometheus / folder).iterdir():
            for group in json.loads(file.read_text()):
                host, port = group["targets"][0].split(":")
                machine = folder == "three-machines" and host.startswith("10.0.0.")
                assert port in published if machine else host in COMPOSE["services"], (folder, file.name, host)
    jobs = {
        job["job_name"]: job for job in yaml.safe_load((prometheus / "prometheus.yml").read_text())["scrape_configs"]
    }
    login = jobs["mlflow"]["basic_auth"]
    password = (secrets_folder / Path(login["password_file"]).name).read_text()
    known = json.loads(read_env_file(secrets_folder / "mlflow.env")["READMISSION_MLFLOW__USERS"])
    assert known[login["username"]] == password
    assert Path(login["password_file"]).name in COMPOSE["services"]["prometheus"]["secrets"]


def test_every_client_of_mlflow_logs_in_as_somebody_it_knows(secrets_folder: Path) -> None:
    known = json.loads(read_env_file(secrets_folder / "mlflow.env")["READMISSION_MLFLOW__USERS"])
    clients = {}
    for path in secrets_folder.glob("*.env"):
        values = read_env_file(path)
        if user := values.get("MLFLOW_TRACKING_USERNAME"):
            assert known[user] == values["MLFLOW_TRACKING_PASSWORD"], path.name
            clients[path.stem] = user
    assert clients == {
        "pipeline": "pipeline",
        "gate": "gate",
        "inference-service": "inference-service",
        "operator": "admin",
        "mlflow-metrics": "metrics",
        "metrics-exporter": "metrics",
    }
    assert set(known) == set(MLFLOW_USERS)


def test_compose_waits_for_health_not_for_luck() -> None:
    dockerfile = (REPOSITORY / "deploy/docker/Dockerfile").read_text()
    for name, service in COMPOSE["services"].items():
        for other, condition in (service.get("depends_on") or {}).items():
            target = COMPOSE["services"][other]
            if condition["condition"] == "service_healthy":
                own_image = re.search(r"/([a-z-]+):\$", target["image"])
                stage = f" AS {own_image.group(1)}\n" if own_image else ""
                checked = bool(stage) and "HEALTHCHECK --" in dockerfile.split(stage, 1)[1].split("\nFROM ", 1)[0]
                assert "healthcheck" in target or checked, (name, other)
            else:
                assert target["restart"] in ("no", "on-failure"), (name, other)
