"""Secrets of a deployment: random, made once, one file for each part with only what that part needs.

Compose reads the files as ``env_file``, kustomize makes a Secret of each. The names are those of local mode.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from readmission.errors import PlatformError
from readmission.local.programs.declare import PIPELINE_SECRETS, S3_SECRETS
from readmission.local.programs.environment import step_secrets
from readmission.local.state import credentials
from readmission.local.state.credentials import MLFLOW_USERS, mlflow_login
from readmission.local.state.folder import GATE_KEY_FILE, write_private
from readmission.model.signature import make_signing_key, public_pem
from readmission.storage.postgres.databases import FORMER_OWNER, ROLES, database_url
from readmission.web.key_file import key_line, make_key

CALLERS: dict[str, tuple[str, ...]] = {
    "pipeline": ("data", "outcomes"),
    "ui": ("predict", "read", "feedback"),
    "load-tests": ("predict", "outcomes"),
    "operator": ("admin",),
}
"""Who calls the services, and what for."""

STEPS = ("migrate", "gate")
"""Steps that alone hold some secrets: a file each, mounted where the step runs and in no part's environment."""


def make_secrets(folder: Path, postgres_host: str, postgres_port: int) -> list[Path]:
    """Write the files that are missing; those that are there are kept, so that no password changes by accident.

    The folder is closed to other users even if git made it, and so is every file of an earlier version. A file
    that names the owner role of before decision 29 is written anew.

    Returns:
        The files written now.

    Raises:
        PlatformError: the folder cannot be made or closed; it belongs to another user, for instance.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # before the first secret: mkdir leaves the mode of a folder that is there
    except OSError as error:
        raise PlatformError(f"cannot keep {folder} to this user alone: {error.strerror}") from error
    kept = folder / "all.json"
    secrets: dict[str, str] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    secrets.pop(FORMER_OWNER, None)
    made = credentials.make() | {f"key_{name}": make_key() for name in CALLERS}
    made["gate_signing_key"], _ = make_signing_key()
    secrets = made | secrets
    write_private(kept, json.dumps(secrets, indent=2, sort_keys=True) + "\n")
    written = []
    for name, text in _files(secrets, postgres_host, postgres_port).items():
        path = folder / name
        if not path.is_file() or FORMER_OWNER in path.read_text(encoding="utf-8"):
            write_private(path, text)
            written.append(path)
        # What is mounted into containers is read there by a group of their own: deploy/compose/open_secrets.sh.
        path.chmod(0o600 if path.suffix == ".env" and path.stem not in STEPS else 0o640)
    return written


def _files(secrets: Mapping[str, str], host: str, port: int) -> dict[str, str]:
    def url(role: str, database: str = "readmission") -> str:
        return database_url(role, secrets[role], database, port, host)

    everything = {
        "READMISSION_DATABASE__URL": url("readmission_pipeline"),
        "READMISSION_SERVING_DATABASE__URL": url("readmission_serving"),
        "AWS_ACCESS_KEY_ID": secrets["s3_key_id"],
        "AWS_SECRET_ACCESS_KEY": secrets["s3_secret"],
        "READMISSION_DATABASE__SUPERUSER_URL": url("postgres", "postgres"),
        "READMISSION_ROLE_PASSWORDS": json.dumps({role: secrets[role] for role in ROLES}),
    }
    steps = step_secrets(url, secrets)
    s3 = {name: everything[name] for name in S3_SECRETS}
    airflow = url("airflow", "airflow")
    logins = {name: mlflow_login(secrets, name) for name in MLFLOW_USERS}
    callers = {name: {"READMISSION_INFERENCE_SERVICE__API_KEY": secrets[f"key_{name}"]} for name in CALLERS}
    parts: dict[str, dict[str, str]] = {
        "stores": everything | steps["migrate"],
        "data-service": {"READMISSION_DATA_SERVICE__ADMIN_KEY": secrets["data_service_admin"]},
        "inference-service": {
            "READMISSION_SERVING_DATABASE__URL": everything["READMISSION_SERVING_DATABASE__URL"],
            "READMISSION_INFERENCE_SERVICE__ADMIN_KEY": secrets["inference_service_admin"],
            **logins["inference-service"],
            **s3,
        },
        "pipeline": {name: (everything | logins["pipeline"])[name] for name in PIPELINE_SECRETS}
        | {"READMISSION_DATA_SERVICE__API_KEY": secrets["key_pipeline"]}
        | callers["pipeline"],
        "mlflow": {
            "MLFLOW_BACKEND_STORE_URI": url("mlflow", "mlflow"),
            "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets["mlflow_session"],
            "READMISSION_MLFLOW__AUTH_DATABASE_URL": url("mlflow", "mlflow_auth"),
            "READMISSION_MLFLOW__USERS": json.dumps({name: secrets[f"mlflow_{name}"] for name in MLFLOW_USERS}),
            **s3,
        },
        "mlflow-metrics": logins["metrics"],
        **steps,
        "airflow": {
            "AIRFLOW__CORE__FERNET_KEY": secrets["airflow_fernet"],
            "AIRFLOW__API__SECRET_KEY": secrets["airflow_session"],
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets["airflow_jwt"],
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow.replace("postgresql://", "postgresql+psycopg2://"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": airflow.replace("postgresql://", "postgresql+asyncpg://"),
            **s3,  # the logs of task pods are in S3: its page reads them there
        },
        "metrics-exporter": {
            "READMISSION_DATABASE__URL": url("readmission_reader"),
            "READMISSION_SERVING_DATABASE__URL": url("readmission_reader"),
            "READMISSION_AIRFLOW__PASSWORD": secrets["airflow_viewer"],
        }
        | logins["metrics"],
        "postgres-exporter": {"DATA_SOURCE_NAME": url("readmission_reader") + "?sslmode=disable"},
        "ui": callers["ui"],
        "load-tests": callers["load-tests"],
        "operator": callers["operator"]
        | {"READMISSION_DATA_SERVICE__API_KEY": secrets["key_operator"]}
        | logins["admin"],
        "grafana": {"GF_SECURITY_ADMIN_USER": "admin", "GF_SECURITY_ADMIN_PASSWORD": secrets["grafana_admin"]},
        "minio": {"MINIO_ROOT_USER": secrets["s3_key_id"], "MINIO_ROOT_PASSWORD": secrets["s3_secret"]},
    }
    files = {f"{name}.env": "".join(f"{key}={value}\n" for key, value in part.items()) for name, part in parts.items()}
    files["api-keys"] = "".join(
        key_line(name, frozenset(scopes), secrets[f"key_{name}"]) + "\n" for name, scopes in CALLERS.items()
    )
    passwords = {"admin": secrets["airflow_admin"], "viewer": secrets["airflow_viewer"]}
    files[GATE_KEY_FILE] = secrets["gate_signing_key"]
    files["trusted-keys.pem"] = public_pem(secrets["gate_signing_key"])
    files["postgres-password"] = secrets["postgres"]
    files["mlflow-metrics-password"] = secrets["mlflow_metrics"]
    files["airflow-passwords.json"] = json.dumps(passwords)
    files["s3-identities.json"] = json.dumps(_s3_identities(secrets), indent=2) + "\n"
    return files


def _s3_identities(secrets: Mapping[str, str]) -> dict[str, object]:
    """SeaweedFS's file of who may do what."""
    key = {"accessKey": secrets["s3_key_id"], "secretKey": secrets["s3_secret"]}
    return {"identities": [{"name": "readmission", "credentials": [key], "actions": ["Admin"]}]}
