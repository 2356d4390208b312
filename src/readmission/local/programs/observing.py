"""The programs that watch the others: Prometheus, Alertmanager and the exporters they read from.

Prometheus and Alertmanager are no wheels; where the machine does not have them the platform runs without.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from readmission.local.programs.environment import REPOSITORY
from readmission.local.programs.program import Platform, Program
from readmission.local.state.credentials import mlflow_login
from readmission.local.state.folder import write_private
from readmission.storage.postgres.databases import database_url

_IN_CONTAINERS = "/run/secrets/mlflow-metrics-password"
_RUNBOOKS = "${READMISSION_RUNBOOKS_URL}"
HINT = "`make system-deps` installs what shows metrics, alerts and the load on this machine"
_BINARIES = {
    "prometheus": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "node-exporter": "prometheus-node-exporter",
    "postgres-exporter": "prometheus-postgres-exporter",
}
"""Program to its name in Debian's packages; the projects' own archives leave out ``prometheus-``."""


def find_binary(program: str) -> str | None:
    """Path of a program of this page, under Debian's name or its project's; None if it is not installed."""
    debian = _BINARIES[program]
    names = (debian, debian.removeprefix("prometheus-"), debian.removeprefix("prometheus-").replace("-", "_"))
    return next((found for name in names if (found := shutil.which(name))), None)


def missing() -> list[str]:
    """Those programs this machine does not have."""
    return [name for name in _BINARIES if find_binary(name) is None]


def declare(platform: Platform) -> list[Program]:
    """The metrics exporter, and of the others those this machine has."""
    settings, ports = platform.settings, platform.settings.ports
    exporter = f"127.0.0.1:{settings.metrics_exporter.port}"
    reader = database_url("readmission_reader", platform.secrets["readmission_reader"], "readmission", ports.postgres)
    run, one_thread = platform.folder.run, {"GOMAXPROCS": "1"}
    found = [
        Program(
            "metrics-exporter",
            (str(Path(sys.executable).parent / "readmission"), "serve", "metrics-exporter"),
            alive=f"http://{exporter}/healthz",
            ready=f"http://{exporter}/readyz",
            port=settings.metrics_exporter.port,
            port_setting="READMISSION_METRICS_EXPORTER__PORT",
            secrets=("READMISSION_AIRFLOW__PASSWORD",),
            # It may look, and nothing else.
            environment={"READMISSION_DATABASE__URL": reader, "READMISSION_SERVING_DATABASE__URL": reader}
            | mlflow_login(platform.secrets, "metrics"),
        )
    ]
    if binary := find_binary("node-exporter"):
        address = f"127.0.0.1:{ports.node_exporter}"
        no_disk = "^(proc|sysfs|devtmpfs|devpts|cgroup2?|mqueue|securityfs|debugfs|tracefs|bpf|nsfs|fuse.*)$"
        collectors = "--collector.disable-defaults --collector.cpu --collector.meminfo --collector.filesystem"
        command = (binary, f"--web.listen-address={address}", *collectors.split())
        # A container's own disk is an overlay, which is left out by default.
        command += ("--collector.loadavg", f"--collector.filesystem.fs-types-exclude={no_disk}")
        found.append(_exporter("node-exporter", command, address, ports.node_exporter, one_thread))
    if binary := find_binary("postgres-exporter"):
        address = f"127.0.0.1:{ports.postgres_exporter}"
        command = (binary, f"--web.listen-address={address}", "--disable-settings-metrics", "--no-collector.bgwriter")
        own = {**one_thread, "DATA_SOURCE_NAME": f"{reader}?sslmode=disable"}
        found.append(_exporter("postgres-exporter", command, address, ports.postgres_exporter, own))
    if binary := find_binary("alertmanager"):
        address = f"127.0.0.1:{ports.alertmanager}"
        command = (
            binary,
            f"--config.file={run / 'alertmanager' / 'alertmanager.yml'}",
            f"--storage.path={platform.folder.root / 'alertmanager'}",
            f"--web.listen-address={address}",
            "--cluster.listen-address=",  # or it listens on every interface
        )
        found.append(_watcher("alertmanager", command, address, ports.alertmanager, one_thread))
    if binary := find_binary("prometheus"):
        address = f"127.0.0.1:{ports.prometheus}"
        command = (
            binary,
            f"--config.file={run / 'prometheus' / 'prometheus.yml'}",
            f"--storage.tsdb.path={platform.folder.root / 'prometheus'}",
            "--storage.tsdb.retention.time=15d",
            f"--web.listen-address={address}",
        )
        found.append(_watcher("prometheus", command, address, ports.prometheus, one_thread))
    return found


def targets(platform: Platform) -> dict[str, list[dict[str, Any]]]:
    """Who Prometheus scrapes, by job, as its file-based discovery reads it: a list for each of its files.

    MLflow has a file of its own, since it asks for a login.
    """
    settings, ports = platform.settings, platform.settings.ports
    port_of = {
        "data-service": settings.data_service.port,
        "inference-service": settings.inference_service.port,
        "metrics-exporter": settings.metrics_exporter.port,
        "mlflow": ports.mlflow,
        "load-test": ports.load_test_metrics,
    }
    found = {"node": "node-exporter", "postgres": "postgres-exporter", "alertmanager": "alertmanager"}
    own_port = {
        "node": ports.node_exporter,
        "postgres": ports.postgres_exporter,
        "alertmanager": ports.alertmanager,
    }
    port_of |= {job: own_port[job] for job, program in found.items() if find_binary(program)}
    port_of["prometheus"] = ports.prometheus
    found_targets = {job: {"targets": [f"127.0.0.1:{port}"], "labels": {"job": job}} for job, port in port_of.items()}
    mlflow = found_targets.pop("mlflow")
    return {"services": list(found_targets.values()), "mlflow": [mlflow]}


def write_configuration(platform: Platform) -> None:
    """Copy deploy/prometheus and deploy/alertmanager into the run folder, with this machine's targets."""
    deploy, run = REPOSITORY / "deploy", platform.folder.run
    for folder in (run / "prometheus" / "targets", run / "alertmanager"):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(deploy / "prometheus" / "alerts.yml", run / "prometheus" / "alerts.yml")
    password_file = run / "prometheus" / "mlflow-metrics-password"
    write_private(password_file, platform.secrets["mlflow_metrics"])
    everywhere = (deploy / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    # Debian's Prometheus 2 does not expand variables by itself.
    here = everywhere.replace(_IN_CONTAINERS, str(password_file)).replace(_RUNBOOKS, platform.settings.runbooks_url)
    (run / "prometheus" / "prometheus.yml").write_text(here, encoding="utf-8")
    shutil.copyfile(deploy / "alertmanager" / "alertmanager.yml", run / "alertmanager" / "alertmanager.yml")
    places = run / "prometheus" / "targets"
    for name, found in targets(platform).items():
        (places / f"{name}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    alertmanager = [{"targets": [f"127.0.0.1:{platform.settings.ports.alertmanager}"]}]
    (places / "alertmanager.json").write_text(json.dumps(alertmanager), encoding="utf-8")


def _exporter(name: str, command: tuple[str, ...], address: str, port: int, own: dict[str, str]) -> Program:
    setting = f"READMISSION_PORTS__{name.replace('-', '_').upper()}"
    ready = f"http://{address}/"
    return Program(name, command, ready, port=port, port_setting=setting, environment=own, alive=ready)


def _watcher(name: str, command: tuple[str, ...], address: str, port: int, own: dict[str, str]) -> Program:
    setting, ready = f"READMISSION_PORTS__{name.upper()}", f"http://{address}/-/ready"
    url, alive = f"http://{address}", f"http://{address}/-/healthy"
    return Program(name, command, ready, port=port, port_setting=setting, url=url, environment=own, alive=alive)
