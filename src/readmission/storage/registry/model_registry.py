"""The registered model `readmission` in MLflow, as the pipeline's steps use it: read, register, point the alias."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import ArtifactError, NotFoundError
from readmission.settings import Settings
from readmission.storage.registry.experiment_runs import download_run_folder
from readmission.storage.registry.registered_version import RegisteredVersion
from readmission.storage.registry.registry_reader import RegistryReader, read_version

CHAMPION = "champion"
ARTIFACT_PATH = "model"
"""Where a run keeps its model's files."""
_STEP_TIMEOUT_SECONDS = 60.0
"""Nobody waits at a desk for a step."""


class ModelRegistry(RegistryReader):
    """What a service reads of the registered model, and what only steps may change; nothing is kept here."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, MODEL_NAME, _STEP_TIMEOUT_SECONDS)

    def find_version(self, number: str) -> RegisteredVersion:
        """A version by its number.

        Raises:
            NotFoundError: there is none; the message lists those there are.
            UnavailableError: MLflow does not answer.
        """
        versions = self.list_versions()
        for version in versions:
            if version.version == number:
                return version
        known = ", ".join(version.version for version in reversed(versions)) or "none"
        raise NotFoundError(f"{MODEL_NAME} has no version {number!r}; registered: {known}")

    def find_model_hash(self, model_hash: str) -> RegisteredVersion | None:
        """The newest version that holds a model, or None."""
        return next((each for each in self.list_versions() if each.tags.get("model_hash") == model_hash), None)

    def register(self, run_id: str, tags: dict[str, str], description: str) -> RegisteredVersion:
        """Make a new version of the files a run holds under ``model``."""
        model = {
            "name": MODEL_NAME,
            "description": "Risk of readmission of a patient with diabetes: within 30 days, and at all.",
        }
        self._api.post("registered-models/create", model, unless=("RESOURCE_ALREADY_EXISTS",))
        run = self._api.get("runs/get", run_id=run_id)
        if run is None:
            raise NotFoundError(f"MLflow has no run {run_id}")
        version = {
            "name": MODEL_NAME,
            "source": f"{run['run']['info']['artifact_uri']}/{ARTIFACT_PATH}",
            "run_id": run_id,
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
            "description": description,
        }
        made = self._api.post("model-versions/create", version)
        assert made is not None  # noqa: S101 - without ``unless`` a refusal raises
        return read_version(made["model_version"], ())

    def find_champion(self) -> RegisteredVersion | None:
        """The version that the alias of the champion names, or None."""
        return self.find_alias(CHAMPION)

    def set_champion(self, version: str) -> None:
        """Point the champion's alias at a version."""
        self._api.post("registered-models/alias", {"name": MODEL_NAME, "alias": CHAMPION, "version": version})

    @contextmanager
    def download(self, version: RegisteredVersion) -> Iterator[Path]:
        """The files of a version, in a folder that is gone afterwards. They are not yet verified.

        Raises:
            ArtifactError: the run holds no model files.
            UnavailableError: MLflow or its store does not answer.
        """
        with download_run_folder(self._settings.mlflow_tracking_uri, version.run_id, ARTIFACT_PATH) as path:
            if not path.is_dir():
                raise ArtifactError(f"version {version.version}: its run holds no files under {ARTIFACT_PATH!r}")
            yield path
