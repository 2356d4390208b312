"""Passwords and keys of the local platform: random, made once, readable by their owner only."""

import base64
import json
import os
import secrets
from collections.abc import Mapping

from readmission.local.state.folder import StateFolder, write_private
from readmission.storage.postgres.databases import FORMER_OWNER, ROLES

MLFLOW_USERS = ("admin", "pipeline", "gate", "inference-service", "metrics")
"""Whom MLflow knows: people (admin), who writes runs and models, who moves the alias, and two who only read."""


def load_or_make(folder: StateFolder) -> dict[str, str]:
    """Name to secret; missing ones are made and kept.

    Names: ``postgres`` (superuser), each role of :data:`~readmission.storage.postgres.databases.ROLES`, ``s3_key_id``,
    ``s3_secret``, ``airflow_admin``, ``airflow_viewer``, ``airflow_fernet``, ``airflow_jwt``, ``airflow_session``,
    ``grafana_admin``, ``data_service_admin``, ``inference_service_admin``, ``mlflow_session``,
    ``mlflow_`` and each of :data:`MLFLOW_USERS`.
    """
    known: dict[str, str] = {}
    if folder.secrets_file.is_file():
        known = json.loads(folder.secrets_file.read_text(encoding="utf-8"))
    known.pop(FORMER_OWNER, None)
    made = make() | known
    if made != known:
        write_private(folder.secrets_file, json.dumps(made, indent=2, sort_keys=True) + "\n")
    return made


def read_password(folder: StateFolder, name: str) -> str | None:
    """A secret made before, for a command that must not make one; None before the first start."""
    if not folder.secrets_file.is_file():
        return None
    known: dict[str, str] = json.loads(folder.secrets_file.read_text(encoding="utf-8"))
    return known.get(name)


def mlflow_login(found: Mapping[str, str], user: str) -> dict[str, str]:
    """The settings a part logs in to MLflow with, as one of :data:`MLFLOW_USERS`."""
    return {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": found[f"mlflow_{user}"]}


def write_logins(folder: StateFolder, found: Mapping[str, str], places: Mapping[str, str]) -> None:
    """Write the logins for people, and Airflow's password file (both mode 0600).

    Args:
        folder: the state folder.
        found: what :func:`load_or_make` gave.
        places: ``airflow``, ``mlflow``, ``s3`` and ``postgres`` to their addresses.
    """
    lines = [
        "Logins of the local platform. It listens on this machine only; keep this file private.",
        "",
        f"Airflow     {places['airflow']}",
        f"  admin     {found['airflow_admin']}",
        f"  viewer    {found['airflow_viewer']}   (may look, may not start anything)",
        f"MLflow      {places['mlflow']}",
        f"  admin     {found['mlflow_admin']}",
        f"PostgreSQL  {places['postgres']}  database readmission",
        f"  readmission_reader  {found['readmission_reader']}   (may read all tables)",
        f"S3          {places['s3']}",
        f"  key id    {found['s3_key_id']}",
        f"  secret    {found['s3_secret']}",
        f"Adding arrivals (data service), X-API-Key   {found['data_service_admin']}",
        f"Rollback (inference service), X-API-Key       {found['inference_service_admin']}",
        "",
        "The web page asks for no login.",
    ]
    write_private(folder.logins_file, "\n".join(lines) + "\n")
    passwords = {"admin": found["airflow_admin"], "viewer": found["airflow_viewer"]}
    write_private(folder.airflow_home / "passwords.json", json.dumps(passwords))


def make() -> dict[str, str]:
    """New random secrets, by the names :func:`load_or_make` lists."""
    names = (
        "postgres",
        *ROLES,
        "s3_secret",
        "airflow_admin",
        "airflow_viewer",
        "airflow_jwt",
        "airflow_session",
        "grafana_admin",
        "data_service_admin",
        "inference_service_admin",
        *(f"mlflow_{user}" for user in (*MLFLOW_USERS, "session")),
    )
    made = {name: secrets.token_hex(20) for name in names}
    made["s3_key_id"] = "readmission" + secrets.token_hex(4)
    made["airflow_fernet"] = base64.urlsafe_b64encode(os.urandom(32)).decode()
    return made
