"""Read MLflow's model registry over its REST API, so that a service need not import MLflow.

Files come through MLflow's artifact proxy (``mlflow-artifacts:``) or straight from S3 (``s3://``).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from readmission.errors import ArtifactError, ConfigurationError, UnavailableError
from readmission.settings import Settings
from readmission.storage.registry.registered_version import RegisteredVersion
from readmission.storage.registry.signed_requests import sign_get

_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow answers where a model, version or alias is not there."""
_VERSIONS_PER_PAGE = 200
_CALL_TIMEOUT_SECONDS = 3.0
_FILE_TIMEOUT_SECONDS = 30.0


class RegistryReader:
    """Reads one registered model. Safe to use from several threads.

    Args:
        settings: where MLflow and S3 are.
        model_name: the registered model.
    """

    def __init__(self, settings: Settings, model_name: str) -> None:
        self._settings = settings
        self._name = model_name
        self._client = httpx.Client(base_url=settings.mlflow_tracking_uri, timeout=_CALL_TIMEOUT_SECONDS)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def find_alias(self, alias: str) -> RegisteredVersion | None:
        """The version an alias points at, or None if nothing has that alias.

        Raises:
            UnavailableError: MLflow does not answer.
        """
        answer = self._get("registered-models/alias", name=self._name, alias=alias)
        return None if answer is None else _read_version(answer["model_version"], (alias,))

    def list_versions(self) -> list[RegisteredVersion]:
        """All versions, newest first, with the aliases each has.

        Raises:
            UnavailableError: MLflow does not answer.
        """
        model = self._get("registered-models/get", name=self._name)
        if model is None:
            return []
        aliases: dict[str, list[str]] = {}
        for entry in model["registered_model"].get("aliases", []):
            aliases.setdefault(str(entry["version"]), []).append(entry["alias"])
        versions: list[RegisteredVersion] = []
        page: str | None = ""
        while page is not None:
            query = {"filter": f"name='{self._name}'", "max_results": str(_VERSIONS_PER_PAGE)}
            answer = self._get("model-versions/search", **query, **({"page_token": page} if page else {})) or {}
            versions += [
                _read_version(entry, tuple(sorted(aliases.get(str(entry["version"]), []))))
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
            content = self._fetch_from_mlflow(parts.path)
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
        answer = self._get("model-versions/get-download-uri", name=self._name, version=version)
        if answer is None:
            raise ArtifactError(f"the registry has no files of version {version}")
        return str(answer["artifact_uri"])

    def _get(self, method: str, **query: str) -> dict[str, Any] | None:
        response = self._request(f"/api/2.0/mlflow/{method}", query)
        if response.status_code in (400, 404) and _error_code(response) in _ABSENT:
            return None
        if response.status_code == 401:
            raise UnavailableError(
                "MLflow asks for a login: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to a user it knows"
            )
        if response.status_code != 200:
            raise UnavailableError(f"MLflow answered {response.status_code} to {method}")
        try:
            answer: dict[str, Any] = response.json()
        except ValueError as error:
            raise UnavailableError(f"MLflow did not answer {method} with JSON") from error
        return answer

    def _request(self, path: str, query: Mapping[str, str], timeout: float = _CALL_TIMEOUT_SECONDS) -> httpx.Response:
        try:
            # Not the client's own login: the same client also reads from S3, which must not see it.
            return self._client.get(path, params=query, timeout=timeout, auth=self._settings.mlflow_login)
        except httpx.HTTPError as error:
            address = self._settings.mlflow_tracking_uri
            raise UnavailableError(f"MLflow at {address} does not answer ({type(error).__name__})") from error

    def _fetch_from_mlflow(self, path: str) -> bytes:
        response = self._request(
            f"/api/2.0/mlflow-artifacts/artifacts/{quote(path.lstrip('/'))}", {}, _FILE_TIMEOUT_SECONDS
        )
        if response.status_code == 404:
            raise ArtifactError(f"the file {path.rsplit('/', 1)[-1]} is missing from the version's files")
        if response.status_code != 200:
            raise UnavailableError(f"MLflow answered {response.status_code} for {path.rsplit('/', 1)[-1]}")
        return response.content

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
            response = self._client.get(url, headers=headers, timeout=_FILE_TIMEOUT_SECONDS)
        except httpx.HTTPError as error:
            raise UnavailableError(f"S3 does not answer ({type(error).__name__})") from error
        if response.status_code == 404:
            raise ArtifactError(f"the file {name} is missing from the version's files")
        if response.status_code != 200:
            raise UnavailableError(f"S3 refuses to give {name}: it answered {response.status_code}")
        return response.content


def _error_code(response: httpx.Response) -> str:
    try:
        return str(response.json().get("error_code", ""))
    except ValueError:
        return ""


def _read_version(entry: Mapping[str, Any], aliases: tuple[str, ...]) -> RegisteredVersion:
    tags = {tag["key"]: tag["value"] for tag in entry.get("tags", [])}
    run_id, created_at_ms = str(entry.get("run_id", "")), int(entry.get("creation_timestamp", 0))
    return RegisteredVersion(str(entry["version"]), run_id, tags, aliases, created_at_ms)
