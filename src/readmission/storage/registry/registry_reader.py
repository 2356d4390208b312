"""Read MLflow's model registry over its REST API, so that a service need not import MLflow.

Files come through MLflow's artifact proxy (``mlflow-artifacts:``) or straight from S3 (``s3://``).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from readmission.errors import ArtifactError, ConfigurationError, UnavailableError
from readmission.settings import Settings
from readmission.storage.registry.mlflow_api import MlflowApi
from readmission.storage.registry.registered_version import RegisteredVersion
from readmission.storage.registry.signed_requests import sign_get

_VERSIONS_PER_PAGE = 200
SERVICE_TIMEOUT_SECONDS = 3.0
"""People wait for a service's answer: it rather says that MLflow is away."""
_FILE_TIMEOUT_SECONDS = 30.0


class RegistryReader:
    """Reads one registered model. Safe to use from several threads.

    Args:
        settings: where MLflow and S3 are.
        model_name: the registered model.
        timeout_seconds: how long an answer of MLflow may take, files apart.
    """

    def __init__(self, settings: Settings, model_name: str, timeout_seconds: float = SERVICE_TIMEOUT_SECONDS) -> None:
        self._settings = settings
        self._name = model_name
        self._api = MlflowApi(settings.mlflow_tracking_uri, settings.mlflow_login, timeout_seconds, settings.trust)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def find_alias(self, alias: str) -> RegisteredVersion | None:
        """The version an alias points at, or None if nothing has that alias.

        Raises:
            UnavailableError: MLflow does not answer.
        """
        answer = self._api.get("registered-models/alias", name=self._name, alias=alias)
        return None if answer is None else read_version(answer["model_version"], (alias,))

    def list_versions(self) -> list[RegisteredVersion]:
        """All versions, newest first, with the aliases each has.

        Raises:
            UnavailableError: MLflow does not answer.
        """
        model = self._api.get("registered-models/get", name=self._name)
        if model is None:
            return []
        aliases: dict[str, list[str]] = {}
        for entry in model["registered_model"].get("aliases", []):
            aliases.setdefault(str(entry["version"]), []).append(entry["alias"])
        versions: list[RegisteredVersion] = []
        page: str | None = ""
        while page is not None:
            query = {"filter": f"name='{self._name}'", "max_results": str(_VERSIONS_PER_PAGE)}
            answer = self._api.get("model-versions/search", **query, **({"page_token": page} if page else {})) or {}
            versions += [
                read_version(entry, tuple(sorted(aliases.get(str(entry["version"]), []))))
                for entry in answer.get("model_versions", [])
            ]
            page = answer.get("next_page_token") or None
        return sorted(versions, key=lambda found: int(found.version), reverse=True)

    def fetch_file(self, artifact_uri: str, name: str, target: Path) -> None:
        """Write one file of an artifact folder to ``target``.

        Raises:
            ArtifactError: the file is not there, or the folder's address is of an unknown kind.
            UnavailableError: the store does not answer.
        """
        parts = urlsplit(f"{artifact_uri.rstrip('/')}/{name}")
        if parts.scheme == "mlflow-artifacts":
            content = self._api.fetch_artifact(parts.path)
        elif parts.scheme == "s3":
            content = self._fetch_from_s3(parts.netloc, parts.path.lstrip("/"))
        else:
            raise ArtifactError(f"model files at {parts.scheme}:// cannot be read; mlflow-artifacts: or s3:// expected")
        target.write_bytes(content)

    def find_artifact_uri(self, version: str) -> str:
        """Where a version's files are.

        Raises:
            ArtifactError: there is no such version.
            UnavailableError: MLflow does not answer.
        """
        answer = self._api.get("model-versions/get-download-uri", name=self._name, version=version)
        if answer is None:
            raise ArtifactError(f"the registry has no files of version {version}")
        return str(answer["artifact_uri"])

    def _fetch_from_s3(self, bucket: str, key: str) -> bytes:
        access_key, secret_key = self._settings.aws_access_key_id, self._settings.aws_secret_access_key
        if access_key is None or secret_key is None:
            raise ConfigurationError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: S3 needs both")
        name = key.rsplit("/", 1)[-1]
        url, headers = sign_get(
            self._settings.s3_endpoint_url,
            bucket,
            key,
            access_key.get_secret_value(),
            secret_key.get_secret_value(),
            os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        )
        try:
            response = httpx.get(url, headers=headers, timeout=_FILE_TIMEOUT_SECONDS, verify=self._settings.trust)
        except httpx.HTTPError as error:
            raise UnavailableError(f"S3 does not answer ({type(error).__name__})") from error
        if response.status_code == 404:
            raise ArtifactError(f"the file {name} is missing from the version's files")
        if response.status_code != 200:
            raise UnavailableError(f"S3 refuses to give {name}: it answered {response.status_code}")
        return response.content


def read_version(entry: Mapping[str, Any], aliases: tuple[str, ...]) -> RegisteredVersion:
    """A version as MLflow's REST API describes it."""
    tags = {tag["key"]: tag["value"] for tag in entry.get("tags", [])}
    run_id, created_at_ms = str(entry.get("run_id", "")), int(entry.get("creation_timestamp", 0))
    return RegisteredVersion(str(entry["version"]), run_id, tags, aliases, created_at_ms)
