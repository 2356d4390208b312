"""Open the model to score with: this machine's copy of the champion, or a version of the registry."""

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import ArtifactError, NotFoundError
from readmission.settings import Settings
from readmission.storage.local_models import MANIFEST_TAG, LocalModels, RememberedVersion
from readmission.storage.registry_reader import RegistryReader
from readmission.storage.stored_model import StoredModel, open_model


def open_scoring_model(settings: Settings, version: str | None) -> tuple[str, StoredModel]:
    """A verified and probed model, and its version.

    Args:
        settings: where copies, MLflow and S3 are.
        version: a version of the registry; None takes the champion, from this machine's copy where there is one.

    Raises:
        NotFoundError: there is no such version, or no champion.
        ArtifactError: its files were changed.
        UnavailableError: it is not here, and MLflow or its store does not answer.
    """
    local = LocalModels(settings.state_dir / "inference_service" / "models")
    remembered = local.recall_champion()
    if remembered is not None and version in (None, remembered.version):
        try:
            return remembered.version, open_model(local.find(remembered), remembered.manifest_sha256)
        except ArtifactError:  # damaged on this disk, perhaps: the registry's copy decides
            pass
    registry = RegistryReader(settings, MODEL_NAME)
    try:
        if version is None:
            found = registry.find_alias(settings.inference_service.alias)
        else:
            found = next((each for each in registry.list_versions() if each.version == version), None)
        if found is None:
            raise NotFoundError(f"{MODEL_NAME} has no {f'version {version}' if version else 'champion yet'}")
        wanted = RememberedVersion(found.version, found.tags.get(MANIFEST_TAG, ""))
        return found.version, open_model(local.fetch(registry, wanted), wanted.manifest_sha256)
    finally:
        registry.close()
