"""The model version that answers: what it is, and where it came from."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from readmission.model.session import StoredModel, open_model


@dataclass(frozen=True, slots=True)
class LoadedModel(StoredModel):
    """A verified and probed version of the registry.

    ``source``: where its files came from, ``registry`` or ``local copy``. ``folder``: where they are now.
    """

    version: str
    source: str
    loaded_at: datetime
    manifest_sha256: str
    folder: Path


def load_model(folder: Path, manifest_sha256: str, version: str, source: str) -> LoadedModel:
    """Verify a version's files, open it and check its probe.

    Raises:
        ArtifactError: a file was changed, parts do not fit, or the probe gives other answers.
    """
    opened = open_model(folder, manifest_sha256)
    return LoadedModel(
        opened.manifest, opened.encoder, opened.session, version, source, datetime.now(UTC), manifest_sha256, folder
    )
