"""Model versions kept on this machine: fetched once, checked each time they are opened.

Layout: ``<folder>/versions/<version>-<hash>/`` holds a version's files, ``<folder>/champion.json`` remembers which
version was last live with what the gate signed of it, so that a service starts while registry and PostgreSQL are away.
"""

import json
import os
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from readmission.errors import ArtifactError
from readmission.model.artifact import MANIFEST_FILE, read_manifest, verify_artifact
from readmission.model.signature import SignedStatement
from readmission.storage.registry.registry_reader import RegistryReader

MANIFEST_TAG = "manifest_sha256"
_SHA256 = re.compile(r"[0-9a-f]{64}")


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
        """The folder of a version's checked files, fetched if they are not there yet.

        Raises:
            ArtifactError: a file is missing, or does not match its recorded hash.
            UnavailableError: the registry or its store does not answer.
        """
        here = self.find_whole(wanted)
        if here is not None:
            return here
        folder = self.folder_of(wanted)
        shutil.rmtree(folder, ignore_errors=True)  # damaged on this disk, perhaps: the registry's copy decides
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

    def folder_of(self, wanted: RememberedVersion) -> Path:
        """Where a version's files belong: named by the hash too, so that other files never take their place.

        Raises:
            ArtifactError: the hash is none.
        """
        if not (_SHA256.fullmatch(wanted.manifest_sha256) and wanted.version.isdigit()):
            raise ArtifactError(f"version {wanted.version} has no tag {MANIFEST_TAG} that is a SHA-256")
        return self._versions / f"{wanted.version}-{wanted.manifest_sha256[:16]}"

    def find_whole(self, wanted: RememberedVersion) -> Path | None:
        """The folder of a version whose files are here and unchanged, or None."""
        folder = self.folder_of(wanted)
        try:
            verify_artifact(folder, wanted.manifest_sha256)
        except ArtifactError:
            return None
        return folder

    def find(self, wanted: RememberedVersion) -> Path:
        """The folder of a version that was fetched before; its files are not checked here.

        Raises:
            ArtifactError: it is not here.
        """
        folder = self.folder_of(wanted)
        if not folder.is_dir():
            raise ArtifactError(f"version {wanted.version} has no local copy")
        return folder

    def remember_champion(self, champion: RememberedVersion, signed: SignedStatement) -> None:
        """Note which version is live and what the gate signed of it; the file is replaced as a whole."""
        self._champion.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self._champion.parent, delete=False) as file:
            json.dump(asdict(champion) | asdict(signed), file)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self._champion)

    def recall_champion(self) -> SignedStatement | None:
        """What the gate signed of the version that was last live here, or None; the signature is not checked here."""
        try:
            noted = json.loads(self._champion.read_text())
            return SignedStatement(*(str(noted[field.name]) for field in fields(SignedStatement)))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
