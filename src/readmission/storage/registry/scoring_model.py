"""Open the model to score with: the recorded champion, from this machine's copy if there is one, or a version."""

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import NotFoundError, UnavailableError
from readmission.model.session import StoredModel, open_model
from readmission.model.signature import read_public_keys, verify_statement
from readmission.settings import Settings
from readmission.storage.registry.local_models import MANIFEST_TAG, LocalModels, RememberedVersion
from readmission.storage.registry.recorded_model import find_live
from readmission.storage.registry.registry_reader import RegistryReader


def open_scoring_model(settings: Settings, version: str | None) -> tuple[str, StoredModel]:
    """A verified and probed model, and its version.

    Args:
        settings: where PostgreSQL, copies, MLflow and S3 are.
        version: a version of the registry, signed or not; None takes the one that is live by the record, or while
            that cannot be read, this machine's copy of what the gate signed.

    Raises:
        ConfigurationError: the public keys are missing.
        NotFoundError: there is no such version, or no champion.
        ArtifactError: its files were changed.
        ConflictError: versions were promoted, but none with a signature that counts.
        UnavailableError: it is not here, and MLflow or its store does not answer.
    """
    local = LocalModels(settings.state_dir / "inference_service" / "models")
    registry = RegistryReader(settings, MODEL_NAME)
    try:
        wanted = _find_champion(settings, local) if version is None else _find_version(registry, version)
        return wanted.version, open_model(local.fetch(registry, wanted), wanted.manifest_sha256)
    finally:
        registry.close()


def _find_version(registry: RegistryReader, version: str) -> RememberedVersion:
    found = next((each for each in registry.list_versions() if each.version == version), None)
    if found is None:
        raise NotFoundError(f"{MODEL_NAME} has no version {version}")
    return RememberedVersion(found.version, found.tags.get(MANIFEST_TAG, ""))


def _find_champion(settings: Settings, local: LocalModels) -> RememberedVersion:
    keys = read_public_keys(settings.signing.public_keys_file)
    if settings.database.url or settings.serving_database.url:
        try:
            live = find_live(settings)
        except UnavailableError:  # this machine's copy then
            pass
        else:
            if live is None:
                raise NotFoundError(f"{MODEL_NAME} has no champion yet")
            return RememberedVersion(live.version, live.manifest_sha256)
    signed = local.recall_champion()
    if signed is None:
        raise NotFoundError(f"the record cannot be read, and this machine has no copy of {MODEL_NAME}'s champion")
    said = verify_statement(signed, keys)
    return RememberedVersion(said.model_version, said.manifest_sha256)
