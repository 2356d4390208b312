"""Start MLflow behind its own login and our wall, in one process.

MLflow's ``basic-auth`` application (https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth) reads a file,
and makes nobody but an administrator. The file and the other users come from the settings here, at each start.
"""

import os
import shutil
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import NoReturn

from readmission.errors import ConfigurationError
from readmission.settings import Settings
from readmission.storage.registry.artifact_root import ArtifactRoot

ADMINISTRATOR = "admin"
_SESSION_KEY = "MLFLOW_FLASK_SERVER_SECRET_KEY"
_ALLOWED_HOSTS = "MLFLOW_SERVER_ALLOWED_HOSTS"
_APPLICATION = "readmission.services.mlflow_server.app:create_app"


def run_mlflow(settings: Settings) -> NoReturn:
    """Write what MLflow reads at its start, then become its server.

    Raises:
        ConfigurationError: the users, their database or the key of its sessions are not set.
    """
    url, _ = users_of(settings)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    file = settings.state_dir / "mlflow-auth.ini"
    write_configuration(file, url)
    os.environ["MLFLOW_AUTH_CONFIG_PATH"] = str(file)
    # MLflow has no rule for /metrics and would keep it to administrators; Prometheus must not be one. The wall closes
    # what MLflow has no rule for (docs/decisions/0030-mlflow-is-never-open.md).
    os.environ["MLFLOW_BASIC_AUTH_FAIL_CLOSED"] = "false"
    # In Kubernetes Prometheus calls each pod by its address, which only the pod itself knows (POD_IP).
    if (address := os.environ.get("POD_IP")) and (known := os.environ.get(_ALLOWED_HOSTS)):
        os.environ[_ALLOWED_HOSTS] = f"{known},{address}:*"
    figures = settings.state_dir / "mlflow-metrics"
    shutil.rmtree(figures, ignore_errors=True)  # of the processes before
    figures.mkdir()
    os.environ["prometheus_multiproc_dir"] = os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(figures)  # noqa: SIM112
    command = server_command(settings)
    os.execv(command[0], command)  # noqa: S606  # a fixed program, and no shell is wanted


def users_of(settings: Settings) -> tuple[str, dict[str, str]]:
    """The database of MLflow's users, and user to password.

    Raises:
        ConfigurationError: they, or the key of its sessions, are not set.
    """
    url = settings.mlflow.auth_database_url
    passwords = {name: secret.get_secret_value() for name, secret in settings.mlflow.users.items()}
    if url is None or ADMINISTRATOR not in passwords or not os.environ.get(_SESSION_KEY):
        raise ConfigurationError(
            "serve mlflow needs READMISSION_MLFLOW__AUTH_DATABASE_URL, READMISSION_MLFLOW__USERS with "
            f"`{ADMINISTRATOR}` in it, and {_SESSION_KEY} (`readmission make-secrets` makes all three)"
        )
    return url.get_secret_value(), passwords


def artifact_root(settings: Settings) -> ArtifactRoot:
    """Where MLflow's artifacts lie."""
    return ArtifactRoot(f"s3://{settings.s3.mlflow_bucket}/artifacts")


def server_command(settings: Settings) -> list[str]:
    """The server's command line: one process; it reads everything else from its environment."""
    return [
        sys.executable,
        *("-m", "uvicorn", "--factory", _APPLICATION),
        *("--host", settings.mlflow.host, "--port", str(settings.mlflow.port)),
        *("--no-access-log", "--no-server-header", "--ws", "none", "--timeout-graceful-shutdown", "8"),
    ]


def write_configuration(file: Path, database_url: str) -> None:
    """Write MLflow's file of its login, readable by this user only."""
    configuration = ConfigParser()
    configuration["mlflow"] = {
        "default_permission": "READ",
        "database_uri": database_url.replace("%", "%%"),
        "admin_username": ADMINISTRATOR,
        # A password is worth its slow hash once a minute, not at every look at the champion's alias.
        "auth_cache_ttl_seconds": "60",
    }
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    with file.open("w", encoding="utf-8") as opened:
        configuration.write(opened)
