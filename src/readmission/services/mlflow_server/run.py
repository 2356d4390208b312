"""Start MLflow behind its own login.

MLflow's ``basic-auth`` application (https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth) reads a file,
and makes nobody but an administrator. The file and the other users come from the settings here, at each start.
"""

import os
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import NoReturn

from readmission.errors import ConfigurationError
from readmission.settings import Settings

ADMINISTRATOR = "admin"
_SESSION_KEY = "MLFLOW_FLASK_SERVER_SECRET_KEY"


def run_mlflow(settings: Settings) -> NoReturn:
    """Make the users, then become MLflow's server.

    Raises:
        ConfigurationError: the users, their database or the key of its sessions are not set.
        UnavailableError: the database does not answer.
    """
    url = settings.mlflow.auth_database_url
    passwords = {name: secret.get_secret_value() for name, secret in settings.mlflow.users.items()}
    if url is None or ADMINISTRATOR not in passwords or not os.environ.get(_SESSION_KEY):
        raise ConfigurationError(
            "serve mlflow needs READMISSION_MLFLOW__AUTH_DATABASE_URL, READMISSION_MLFLOW__USERS with "
            f"`{ADMINISTRATOR}` in it, and {_SESSION_KEY} (`readmission make-secrets` makes all three)"
        )
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    file = settings.state_dir / "mlflow-auth.ini"
    write_configuration(file, url.get_secret_value())
    os.environ["MLFLOW_AUTH_CONFIG_PATH"] = str(file)
    # MLflow has no rule for /metrics and would keep it to administrators; Prometheus must not be one. Whoever has no
    # login is refused there all the same (docs/decisions/0022-mlflow-asks-for-a-login.md).
    os.environ["MLFLOW_BASIC_AUTH_FAIL_CLOSED"] = "false"
    # After the file is named: MLflow's module reads it when it is imported.
    from readmission.storage.mlflow_users import make_users

    make_users(url.get_secret_value(), passwords, ADMINISTRATOR)
    command = server_command(settings)
    os.execv(command[0], command)  # noqa: S606  # a fixed program, and no shell is wanted


def server_command(settings: Settings) -> list[str]:
    """MLflow's command line: one worker, artifacts in S3, figures for Prometheus, nobody without a login."""
    artifacts = f"s3://{settings.s3.mlflow_bucket}/artifacts"
    return [
        str(Path(sys.executable).parent / "mlflow"),
        *("server", "--app-name", "basic-auth"),
        *("--host", settings.mlflow.host, "--port", str(settings.mlflow.port), "--workers", "1"),
        *("--default-artifact-root", artifacts, "--artifacts-destination", artifacts),
        *("--expose-prometheus", str(settings.state_dir / "mlflow-metrics")),
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
