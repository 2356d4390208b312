"""Compose: a part reaches what it needs, its mounted secrets are readable to it alone, and what hangs is ended.

The engine itself is asked by `make check-engines`; here are the files, and the two scripts they mount, run for real.
"""

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from readmission.local.deployment.secrets import make_secrets
from tests.deploy.conftest import REPOSITORY

FOLDER = REPOSITORY / "deploy/compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
CONTAINERS_GROUP = "10001"
PROFILES = ("all", "airflow", "inference", "observability")
KEEPS_NOTHING = {"postgres-exporter", "node-exporter"}
"""Third-party parts that only read figures out; nothing checks their health but Prometheus."""

MAY_REACH = {
    "postgres": {
        "airflow-api-server", "airflow-dag-processor", "airflow-migrate", "airflow-scheduler", "create-stores",
        "inference-service", "metrics-exporter", "mlflow", "postgres-exporter", "s3",
    },
    "s3": {"airflow-scheduler", "create-stores", "inference-service", "mlflow", "postgres"},
    "mlflow": {
        "airflow-scheduler", "create-stores", "inference-service", "metrics-exporter", "postgres", "postgres-exporter",
        "prometheus", "s3",
    },
    "data-service": {"airflow-scheduler", "prometheus"},
    "inference-service": {
        "airflow-scheduler", "create-stores", "load-tests", "mlflow", "postgres", "prometheus", "s3", "ui",
    },
    "airflow-api-server": {
        "airflow-dag-processor", "airflow-migrate", "airflow-scheduler", "metrics-exporter", "postgres",
        "postgres-exporter",
    },
    "ui": {"inference-service", "metrics-exporter"},
    "load-tests": {"inference-service", "prometheus"},
    "grafana": {"alertmanager", "node-exporter", "prometheus"},
}  # fmt: skip
"""Who shares a network with whom. PostgreSQL and S3 call nobody: they are named because a network has no direction."""


def networks(name: str) -> set[str]:
    return set(SERVICES[name].get("networks", ["default"])) if "network_mode" not in SERVICES[name] else set()


def neighbours(name: str) -> set[str]:
    return {other for other in SERVICES if other not in (name, "inference-alone") and networks(other) & networks(name)}


@pytest.mark.parametrize("part", MAY_REACH)
def test_only_who_needs_a_part_reaches_it(part: str) -> None:
    assert neighbours(part) == MAY_REACH[part]


def test_every_service_names_its_networks() -> None:
    for name in SERVICES:
        assert "default" not in networks(name), name
        assert networks(name) <= set(COMPOSE["networks"]), name


def test_who_calls_whom_in_kubernetes_can_do_so_here() -> None:
    """The labels of the pods say whom each calls."""
    labelled = 0
    for file in (REPOSITORY / "deploy/kubernetes").rglob("*.yaml"):
        for resource in filter(None, yaml.safe_load_all(file.read_text())):
            template = resource.get("spec", {}).get("template", {}) if isinstance(resource, dict) else {}
            for label in template.get("metadata", {}).get("labels", {}):
                called = label.removeprefix("readmission/reaches-")
                if called in SERVICES and resource["metadata"]["name"] in SERVICES:
                    labelled += 1
                    assert called in neighbours(resource["metadata"]["name"]), (resource["metadata"]["name"], called)
    assert labelled > 10


def test_prometheus_reaches_all_it_scrapes() -> None:
    for file in (REPOSITORY / "deploy/prometheus/targets").glob("*.json"):
        for group in yaml.safe_load(file.read_text()):
            assert group["targets"][0].split(":")[0] in neighbours("prometheus") | {"prometheus"}


# -- mounted secrets ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_secrets_are_opened_to_their_readers_before_these_start(profile: str) -> None:
    here = {name: service for name, service in SERVICES.items() if profile in service["profiles"]}
    openers = {
        name for name, service in here.items() if "/usr/local/bin/open-secrets" in (service.get("entrypoint") or [])
    }
    for name, service in here.items():
        if not service.get("secrets"):
            continue
        groups = {service["user"].split(":")[1], *service.get("group_add", [])}
        assert CONTAINERS_GROUP in groups, name
        (opener,) = openers & set(service["depends_on"])
        assert service["depends_on"][opener] == {"condition": "service_completed_successfully"}
        assert set(service["secrets"]) <= set(SERVICES[opener]["command"]), name
        own = {other["image"] for other_name, other in here.items() if other_name not in openers}
        assert SERVICES[opener]["image"] in own, f"{profile}: {opener} needs an image nobody else here needs"


def test_every_secret_of_compose_is_opened() -> None:
    (command,) = {
        tuple(s["command"]) for s in SERVICES.values() if "/usr/local/bin/open-secrets" in (s.get("entrypoint") or [])
    }
    assert set(command) == set(COMPOSE["secrets"])


@pytest.mark.skipif(os.geteuid() != 0, reason="changes a file's group, as the container that runs it may")
def test_opened_secrets_are_readable_to_containers_and_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make_secrets(folder, "postgres", 5432)
    (folder / "gate-key.pem").chmod(0o644)  # as made by an earlier version
    names = ["gate-key.pem", "api-keys", "not-on-this-machine"]
    subprocess.run(["sh", FOLDER / "open_secrets.sh", folder, *names], check=True)
    for name in names[:2]:
        found = (folder / name).stat()
        assert (stat.S_IMODE(found.st_mode), found.st_gid, found.st_uid) == (0o640, int(CONTAINERS_GROUP), os.geteuid())
    assert (folder / "pipeline.env").stat().st_gid != int(CONTAINERS_GROUP)
    make_secrets(folder, "postgres", 5432)  # while the system runs: its parts still read them
    assert stat.S_IMODE((folder / "gate-key.pem").stat().st_mode) == 0o640
    assert (folder / "gate-key.pem").stat().st_gid == int(CONTAINERS_GROUP)


# -- what hangs ---------------------------------------------------------------------------------------------------


def test_every_part_that_stays_is_ended_when_it_hangs() -> None:
    for name, service in SERVICES.items():
        assert service["init"] is True, name
        if service["restart"] == "no" or name in KEEPS_NOTHING:
            continue
        check = service["healthcheck"]
        assert check["test"][:3] == ["CMD", "sh", "/usr/local/bin/check-health"], name
        assert any(volume.endswith(":/usr/local/bin/check-health:ro") for volume in service["volumes"]), name
        assert int(check["interval"].rstrip("s")) >= 10, f"{name}: six checks are to be a minute at least"
        assert int(check["timeout"].rstrip("s")) > 8, f"{name}: the script must outlive the command it cuts off"
        assert any(mount.startswith("/tmp") for mount in service["tmpfs"]), name  # where it counts


def check(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.run(
        ["sh", FOLDER / "check_health.sh", *command], env=environment, capture_output=True, text=True, check=False
    )


def ask(folder: Path, port: int) -> int:
    """As the images of ours are asked."""
    address = f"http://127.0.0.1:{port}/readyz"
    return check(folder, "2", sys.executable, str(REPOSITORY / "deploy/docker/healthcheck.py"), address).returncode


@pytest.mark.parametrize(("status", "code"), [(b"200 OK", 0), (b"503 Service Unavailable", 1)])
def test_an_answer_is_no_hang(status: bytes, code: int, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        pid = os.fork()
        if pid == 0:
            connection, _ = server.accept()
            connection.recv(1 << 12)
            connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            os._exit(0)
        assert ask(tmp_path, server.getsockname()[1]) == code
        os.waitpid(pid, 0)
    assert (tmp_path / "unanswered-checks").read_text() == "0\n"


def test_no_answer_counts_once_it_had_answered(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert ask(tmp_path, port) == 2
    assert not (tmp_path / "unanswered-checks").exists(), "it may still be starting"
    check(tmp_path, "2", "true")
    assert ask(tmp_path, port) == 2
    assert (tmp_path / "unanswered-checks").read_text() == "1\n"


def test_nothing_is_ended_outside_a_container(tmp_path: Path) -> None:
    (tmp_path / "unanswered-checks").write_text("5\n")
    done = check(tmp_path, "any", "false")
    assert done.returncode == 1
    assert "not ended: process 1 is not docker-init" in done.stdout


def test_a_hung_part_is_ended_and_its_container_with_it(tmp_path: Path) -> None:
    """In a process namespace of its own, whose init is named as Docker's is."""
    (tmp_path / "docker-init").symlink_to(shutil.which("sh") or "/bin/sh")
    script = f'sleep 600 & part=$!; sh "{FOLDER / "check_health.sh"}" any true; n=0; while [ $n -lt 6 ]; do sh "{FOLDER / "check_health.sh"}" any false; n=$((n+1)); done & wait $part; echo "ended: $?"'  # noqa: E501
    alone = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run(
        [*alone, tmp_path / "docker-init", "-c", script],
        env={**os.environ, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "no answer to 6 checks in a row: it hangs and is ended" in done.stdout, done.stderr
    assert "ended: 137" in done.stdout
