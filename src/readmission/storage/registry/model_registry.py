"""The registered model `readmission` in MLflow: versions, their tags, and the alias that says which one is live."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import ArtifactError, NotFoundError, UnavailableError
from readmission.storage.registry.registered_version import RegisteredVersion

CHAMPION = "champion"
ARTIFACT_PATH = "model"
"""Where a run keeps its model's files."""


class ModelRegistry:
    """Reads and writes the registered model over MLflow's API; nothing is kept here."""

    def __init__(self, tracking_uri: str) -> None:
        self._uri = tracking_uri
        self._client = MlflowClient(tracking_uri, registry_uri=tracking_uri)

    def list_versions(self) -> list[RegisteredVersion]:
        """Every version, oldest first.

        Raises:
            UnavailableError: MLflow does not answer.
        """
        with self._clear_errors():
            found = self._client.search_model_versions(f"name = '{MODEL_NAME}'", max_results=1000)
        return sorted((_read(version) for version in found), key=lambda version: int(version.version))

    def find_version(self, number: str) -> RegisteredVersion:
        """A version by its number.

        Raises:
            NotFoundError: there is none; the message lists those there are.
        """
        versions = self.list_versions()
        for version in versions:
            if version.version == number:
                return version
        known = ", ".join(version.version for version in versions) or "none"
        raise NotFoundError(f"{MODEL_NAME} has no version {number!r}; registered: {known}")

    def find_model_hash(self, model_hash: str) -> RegisteredVersion | None:
        """The newest version that holds a model, or None."""
        return next((v for v in reversed(self.list_versions()) if v.tags.get("model_hash") == model_hash), None)

    def register(self, run_id: str, tags: dict[str, str], description: str) -> RegisteredVersion:
        """Make a new version of the files a run holds under ``model``."""
        with self._clear_errors():
            try:
                self._client.create_registered_model(
                    MODEL_NAME,
                    description="Risk of readmission of a patient with diabetes: within 30 days, and at all.",
                )
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            source = f"{self._client.get_run(run_id).info.artifact_uri}/{ARTIFACT_PATH}"
            made = self._client.create_model_version(
                MODEL_NAME, source, run_id, tags=tags, description=description, await_creation_for=0
            )
        return _read(made)

    def find_champion(self, alias: str = CHAMPION) -> RegisteredVersion | None:
        """The version an alias names, or None if it names none."""
        with self._clear_errors():
            try:
                return _read(self._client.get_model_version_by_alias(MODEL_NAME, alias))
            except MlflowException as error:
                if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    return None
                raise

    def set_champion(self, version: str, alias: str = CHAMPION) -> None:
        """Point an alias at a version; a change at once for everyone who follows it."""
        with self._clear_errors():
            self._client.set_registered_model_alias(MODEL_NAME, alias, version)

    @contextmanager
    def download(self, version: RegisteredVersion) -> Iterator[Path]:
        """The files of a version, in a folder that is gone afterwards. They are not yet verified.

        Raises:
            ArtifactError: the run holds no model files.
            UnavailableError: MLflow or its store does not answer.
        """
        with TemporaryDirectory() as folder:
            with self._clear_errors():
                self._client.download_artifacts(version.run_id, ARTIFACT_PATH, folder)
            path = Path(folder) / ARTIFACT_PATH
            if not path.is_dir():
                raise ArtifactError(f"version {version.version}: its run holds no files under {ARTIFACT_PATH!r}")
            yield path

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except MlflowException as error:
            first_line = str(error).splitlines()[0]
            raise UnavailableError(f"MLflow at {self._uri} does not answer as it should: {first_line}") from error


def _read(version: ModelVersion) -> RegisteredVersion:
    return RegisteredVersion(
        str(version.version),
        str(version.run_id),
        dict(version.tags),
        tuple(sorted(version.aliases)),
        int(version.creation_timestamp),
    )
