"""MLflow's REST API: the one client of ours, so that a part need not import MLflow to read from it."""

import ssl
import weakref
from typing import Any
from urllib.parse import quote

import httpx

from readmission.errors import ArtifactError, UnavailableError

_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow answers if a model, version, alias or experiment is not there."""
_FILE_TIMEOUT_SECONDS = 30.0


class MlflowApi:
    """Asks one MLflow server. Safe to use from several threads; connections close with the last reference.

    Args:
        tracking_uri: address of the server.
        login: user and password, if it asks for them.
        timeout_seconds: how long one answer may take, files apart.
        verify: whom to trust (``Settings.trust``).
    """

    def __init__(
        self,
        tracking_uri: str,
        login: tuple[str, str] | None,
        timeout_seconds: float,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._uri = tracking_uri
        self._client = httpx.Client(base_url=tracking_uri, timeout=timeout_seconds, auth=login, verify=verify)
        weakref.finalize(self, self._client.close)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, method: str, **query: str) -> dict[str, Any] | None:
        """The answer to a question, or None if what it asks for is not there.

        Raises:
            UnavailableError: MLflow does not answer, or refuses.
        """
        return self._call("GET", method, _ABSENT, params=query)

    def post(self, method: str, content: dict[str, Any], unless: tuple[str, ...] = ()) -> dict[str, Any] | None:
        """The answer to a request, or None if MLflow refuses it with one of the error codes ``unless``.

        Raises:
            UnavailableError: MLflow does not answer, or refuses for another reason.
        """
        return self._call("POST", method, unless, json=content)

    def fetch_artifact(self, path: str) -> bytes:
        """A file from MLflow's artifact proxy.

        Raises:
            ArtifactError: it is not there.
            UnavailableError: MLflow does not answer, or refuses.
        """
        name = path.rsplit("/", 1)[-1]
        address = f"/api/2.0/mlflow-artifacts/artifacts/{quote(path.lstrip('/'))}"
        response = self._request("GET", address, timeout=_FILE_TIMEOUT_SECONDS)
        if response.status_code == 404:
            raise ArtifactError(f"the file {name} is missing from the version's files")
        if response.status_code != 200:
            raise UnavailableError(f"MLflow answered {response.status_code} for {name}")
        return response.content

    def _call(self, verb: str, method: str, none_for: tuple[str, ...], **content: Any) -> dict[str, Any] | None:
        response = self._request(verb, f"/api/2.0/mlflow/{method}", **content)
        code, message = _read_refusal(response)
        if response.status_code in (400, 404) and code in none_for:
            return None
        if response.status_code == 401:
            raise UnavailableError(
                "MLflow asks for a login: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to a user it knows"
            )
        if response.status_code != 200:
            raise UnavailableError(f"MLflow answered {response.status_code} to {method}{message}")
        try:
            answer: dict[str, Any] = response.json()
        except ValueError as error:
            raise UnavailableError(f"MLflow did not answer {method} with JSON") from error
        return answer

    def _request(self, verb: str, address: str, **content: Any) -> httpx.Response:
        try:
            return self._client.request(verb, address, **content)
        except httpx.HTTPError as error:
            raise UnavailableError(f"MLflow at {self._uri} does not answer ({type(error).__name__})") from error


def _read_refusal(response: httpx.Response) -> tuple[str, str]:
    """MLflow's error code, and the first line of what it says, ready to be put behind a message."""
    if response.status_code == 200:
        return "", ""
    try:
        refusal = response.json()
        code, lines = str(refusal.get("error_code", "")), str(refusal.get("message", "")).splitlines()
    except (ValueError, AttributeError):
        code, lines = "", response.text.splitlines()
    return code, f": {lines[0][:300]}" if lines and lines[0] else ""
