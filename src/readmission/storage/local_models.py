"""Model versions kept on this machine: fetched once, checked each time they are opened.

Layout: ``<folder>/versions/<version>/`` holds a version's files, ``<folder>/champion.json`` remembers
which version was last live, so that a service starts while the registry is away.
"""

import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from readmission.errors import ArtifactError
from readmission.storage.model_artifact import MANIFEST_FILE, read_manifest, verify_artifact
from readmission.storage.registry_reader import RegistryReader

MANIFEST_TAG = "manifest_sha256"


@dataclass(frozen=True, slots=True)
class RememberedVersion:
    """A version and the hash its manifest must have."""

    version: str
    manifest_sha256: str


class LocalModels:
    """The folder of fetched versions; several worker processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._versions = folder / "versions"
        self._champion = folder / "champion.json"

    def fetch(self, registry: RegistryReader, wanted: RememberedVersion) -> Path:
        """The folder of a version's checked files, fetched where they are not there yet.

        Raises:
            ArtifactError: a file is missing, or does not match its recorded hash.
            UnavailableError: the registry or its store does not answer.
        """
        folder = self._versions / wanted.version
        if folder.is_dir():
            try:
                verify_artifact(folder, wanted.manifest_sha256)
                return folder
            except ArtifactError:  # damaged on this disk, perhaps: the registry's copy decides
                shutil.rmtree(folder, ignore_errors=True)
        self._versions.mkdir(parents=True, exist_ok=True)
        uri = registry.find_artifact_uri(wanted.version)
        with tempfile.TemporaryDirectory(dir=self._versions, prefix=".fetching-") as name:
            partial = Path(name) / "files"
            partial.mkdir()
            registry.fetch_file(uri, MANIFEST_FILE, partial / MANIFEST_FILE)
            for file in read_manifest(partial, wanted.manifest_sha256).files:
                registry.fetch_file(uri, file, partial / file)
            verify_artifact(partial, wanted.manifest_sha256)
            try:
                partial.rename(folder)
            except OSError:  # another worker was first
                verify_artifact(folder, wanted.manifest_sha256)
        return folder

    def find(self, wanted: RememberedVersion) -> Path:
        """The folder of a version that was fetched before; its files are not checked here.

        Raises:
            ArtifactError: it is not here.
        """
        folder = self._versions / wanted.version
        if not folder.is_dir():
            raise ArtifactError(f"version {wanted.version} has no local copy")
        return folder

    def remember_champion(self, champion: RememberedVersion) -> None:
        """Note which version is live; the file is replaced as a whole."""
        self._champion.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self._champion.parent, delete=False) as file:
            json.dump(asdict(champion), file)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self._champion)

    def recall_champion(self) -> RememberedVersion | None:
        """The version that was last live here, or None."""
        try:
            noted = json.loads(self._champion.read_text())
            return RememberedVersion(str(noted["version"]), str(noted["manifest_sha256"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
