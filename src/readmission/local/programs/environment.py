"""Settings of the local platform as environment variables: all of them for the command line, a few for each part."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import SecretStr

from readmission.local.state.credentials import mlflow_login
from readmission.local.state.folder import GATE_KEY_FILE, StateFolder
from readmission.settings import Settings
from readmission.storage.postgres.databases import database_url

REPOSITORY = Path(__file__).resolve().parents[4]
"""The clone this package is installed from."""

_INHERITED = (
    "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "SHELL", "PYTHONPATH", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy",
    "https_proxy", "all_proxy",
)  # fmt: skip


def machine_environment() -> dict[str, str]:
    """What every part needs of the caller's environment, and nothing more.

    The environment's programs come first on PATH, so that parts find ``python`` and ``readmission``.
    PYTHONDONTWRITEBYTECODE is left out: with it every start compiles everything again.
    """
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    bin_dir = Path(sys.executable).parent
    environment["PATH"] = os.pathsep.join([str(bin_dir), os.environ.get("PATH", os.defpath)])
    never_by_proxy = [os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "", "127.0.0.1", "localhost"]
    environment["NO_PROXY"] = environment["no_proxy"] = ",".join(filter(None, never_by_proxy))
    environment["PYTHONUNBUFFERED"] = "1"
    # Airflow renames its processes; without this that would wipe the marks the guard finds orphans by.
    environment["SPT_NOENV"] = "1"
    return environment


def read_env_file(path: Path) -> dict[str, str]:
    """``NAME=value`` lines of a file; blank lines and comments are left out, quotes as a shell would."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name: "".join(shlex.split(value)) if value[:1] in "'\"" else value for name, value in pairs}


def render_env_file(settings: Mapping[str, str]) -> str:
    """``NAME=value`` lines that a shell, pydantic and :func:`read_env_file` read alike."""
    return "".join(f"{name}={_quote(value)}\n" for name, value in settings.items())


def _quote(value: str) -> str:
    if not value or shlex.quote(value) == value:
        return value
    if "'" not in value:
        return f"'{value}'"
    return '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'


def third_party_settings() -> dict[str, str]:
    """deploy/config: what is true everywhere, then what is true of local mode."""
    config = REPOSITORY / "deploy" / "config"
    return read_env_file(config / "common.env") | read_env_file(config / "local.env")


def open_settings(settings: Settings, folder: StateFolder, dataset: str) -> dict[str, str]:
    """Every ``READMISSION_*`` setting that is no secret, plus the addresses of MLflow and S3."""
    ports = settings.ports
    plain = {
        "STATE_DIR": str(folder.root),
        "DATASET": dataset,
        "DATASET_URL": settings.dataset_url,
        "DATASET_CACHE": str(settings.dataset_cache_dir.expanduser().absolute()),
        "SYNTHETIC_ROWS": str(settings.synthetic_rows),
        "SYNTHETIC_SEED": str(settings.synthetic_seed),
        "DIAGNOSIS_SYSTEM": settings.diagnosis_system,
        "SEED": str(settings.seed),
        "TASKS_AT_ONCE": str(settings.tasks_at_once),
        "CODE_COMMIT": code_commit() or settings.code_commit,
        "DAGS_DIR": str((settings.dags_dir or REPOSITORY / "dags").absolute()),
        "RUNBOOKS_URL": settings.runbooks_url,
        "DATA_SERVICE__PORT": str(settings.data_service.port),
        "DATA_SERVICE__URL": f"http://127.0.0.1:{settings.data_service.port}",
        "DATA_SERVICE__BATCH_SIZE": str(settings.data_service.batch_size),
        "DATA_SERVICE__SPLIT_SALT": settings.data_service.split_salt,
        "INFERENCE_SERVICE__PORT": str(settings.inference_service.port),
        "INFERENCE_SERVICE__URL": f"http://127.0.0.1:{settings.inference_service.port}",
        "INFERENCE_SERVICE__WORKERS": str(settings.inference_service.workers),
        "INFERENCE_SERVICE__ALIAS": settings.inference_service.alias,
        "INFERENCE_SERVICE__ALIAS_POLL_SECONDS": str(settings.inference_service.alias_poll_seconds),
        "INFERENCE_SERVICE__JOURNAL_DIR": str(
            (settings.inference_service.journal_dir or folder.root / "inference_service" / "journal").absolute()
        ),
        "UI__PORT": str(settings.ui.port),
        "METRICS_EXPORTER__PORT": str(settings.metrics_exporter.port),
        "AIRFLOW__URL": f"http://127.0.0.1:{ports.airflow}",
        "UI__PROMETHEUS_URL": f"http://127.0.0.1:{ports.prometheus}",
        "UI__METRICS_EXPORTER_URL": f"http://127.0.0.1:{settings.metrics_exporter.port}",
        "ACCESS__REQUESTS_PER_SECOND": str(settings.access.requests_per_second),
        "ACCESS__BURST": str(settings.access.burst),
        "SIGNING__PUBLIC_KEYS_FILE": str((settings.signing.public_keys_file or folder.trusted_keys).absolute()),
        "EXPOSE": json.dumps([exposed.model_dump(mode="json") for exposed in settings.expose]),
    }
    if settings.access.keys_file:
        plain["ACCESS__KEYS_FILE"] = str(settings.access.keys_file.expanduser().absolute())
    if settings.tls.ca_file:
        plain["TLS__CA_FILE"] = str(settings.tls.ca_file.expanduser().absolute())
    plain |= {f"MODEL_CARD__{name.upper()}": value for name, value in settings.model_card.model_dump().items()}
    plain |= {f"HTTP__{name.upper()}": str(value) for name, value in settings.http.model_dump().items()}
    plain |= {f"PORTS__{name.upper()}": str(port) for name, port in ports.model_dump().items()}
    environment = {f"READMISSION_{name}": value for name, value in plain.items()}
    environment["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{ports.mlflow}"
    environment["MLFLOW_S3_ENDPOINT_URL"] = f"http://127.0.0.1:{ports.s3}"
    return environment


def secret_settings(settings: Settings, secrets: Mapping[str, str]) -> dict[str, str]:
    """Every setting that is a secret; parts get the ones they need (``local/programs/declare.py``)."""

    def url(role: str) -> str:
        return database_url(role, secrets[role], "readmission", settings.ports.postgres)

    return {
        "READMISSION_DATABASE__URL": url("readmission_pipeline"),
        "READMISSION_SERVING_DATABASE__URL": url("readmission_serving"),
        "READMISSION_SERVING_DATABASE__READER_URL": url("readmission_reader"),
        "READMISSION_AIRFLOW__PASSWORD": secrets["airflow_viewer"],
        "READMISSION_DATA_SERVICE__ADMIN_KEY": secrets["data_service_admin"],
        "READMISSION_INFERENCE_SERVICE__ADMIN_KEY": secrets["inference_service_admin"],
        "READMISSION_DATA_SERVICE__API_KEY": _shown(settings.data_service.api_key),
        "READMISSION_INFERENCE_SERVICE__API_KEY": _shown(settings.inference_service.api_key),
        **mlflow_login(secrets, "pipeline"),
        "AWS_ACCESS_KEY_ID": secrets["s3_key_id"],
        "AWS_SECRET_ACCESS_KEY": secrets["s3_secret"],
    }


def step_secrets(url: Callable[[str], str], secrets: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Settings of the steps that alone hold some secrets, by the step's file (``load_step_settings``).

    Args:
        url: libpq URL of a role in the database ``readmission``.
        secrets: by the names of ``credentials.load_or_make``.
    """
    migrator = url("readmission_migrator")
    return {
        "migrate": {
            "READMISSION_DATABASE__OWNER_URL": migrator,
            "READMISSION_SERVING_DATABASE__OWNER_URL": migrator,
        },
        "gate": {
            "READMISSION_DATABASE__URL": url("readmission_gate"),
            "READMISSION_SIGNING__PRIVATE_KEY_FILE": GATE_KEY_FILE,  # beside the file this goes into
            **mlflow_login(secrets, "gate"),
        },
    }


def _shown(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def code_commit() -> str:
    """Commit of the clone; empty outside git."""
    try:
        command = ["git", "-C", str(REPOSITORY), "rev-parse", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
