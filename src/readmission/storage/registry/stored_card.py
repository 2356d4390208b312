"""Read a version's model card out of its files; every byte is checked against the hash the registry recorded."""

from pathlib import Path
from tempfile import TemporaryDirectory

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import ArtifactError, NotFoundError
from readmission.model.artifact import MANIFEST_FILE, Manifest, read_listed_file, read_manifest
from readmission.storage.registry.local_models import MANIFEST_TAG
from readmission.storage.registry.registry_reader import RegistryReader


def read_local_card(folder: Path, manifest: Manifest, version: str, file: str) -> bytes:
    """The card of a version whose files are here.

    Args:
        folder: the version's files.
        manifest: its manifest, verified before.
        version: its number.
        file: which form: ``model_card.md`` or ``model_card.html``.

    Raises:
        NotFoundError: the version was made without a card.
        ArtifactError: the file is gone or was changed.
    """
    if file not in manifest.files:
        raise NotFoundError(f"Version {version} of {MODEL_NAME} has no card")
    return read_listed_file(folder, manifest, file)


def fetch_card(registry: RegistryReader, version: str, file: str, signed_sha256: str | None = None) -> bytes:
    """The card of any registered version; only its manifest and the card are fetched.

    Args:
        registry: where the version's files are.
        version: its number.
        file: which form: ``model_card.md`` or ``model_card.html``.
        signed_sha256: the hash of the manifest that the gate signed; what the registry recorded if left out.

    Raises:
        NotFoundError: there is no such version, or it was made without a card.
        ArtifactError: its files are not those the registry recorded.
        UnavailableError: the registry or its store does not answer.
    """
    found = next((each for each in registry.list_versions() if each.version == version), None)
    if found is None:
        raise NotFoundError(f"The model {MODEL_NAME} has no such version")
    recorded = signed_sha256 or found.tags.get(MANIFEST_TAG)
    if not recorded:
        raise ArtifactError(f"version {version} has no tag {MANIFEST_TAG}: nothing vouches for its card")
    uri = registry.find_artifact_uri(version)
    with TemporaryDirectory() as name:
        folder = Path(name) / f"version {version}"
        folder.mkdir()
        registry.fetch_file(uri, MANIFEST_FILE, folder / MANIFEST_FILE)
        manifest = read_manifest(folder, recorded)
        if file in manifest.files:
            registry.fetch_file(uri, file, folder / file)
        return read_local_card(folder, manifest, version, file)
