"""The model version that answers: what it is, where it came from, and the risks it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from readmission.model.session import StoredModel, open_model
from readmission.model.value_warnings import warn_of_values


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A verified and probed version of the registry.

    ``source``: where its files came from, ``registry`` or ``local copy``. ``folder``: where they are now.
    """

    version: str
    stored: StoredModel
    source: str
    loaded_at: datetime
    manifest_sha256: str
    folder: Path

    @property
    def threshold(self) -> float:
        """``risk_30d`` from which the decision is ``flag``."""
        return self.stored.manifest.threshold

    def predict_risks(self, encounters: Sequence[Mapping[str, Any]]) -> tuple[list[float], list[float]]:
        """``risk_30d`` and ``risk_any`` of each encounter, to seven decimals."""
        return self.stored.predict_risks(encounters)

    def find_unseen(self, encounter: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the fields whose value no training row of this version had."""
        return self.stored.encoder.unseen_values.find(encounter)

    def warn_of_values(
        self, encounters: Sequence[Mapping[str, Any]], risks_30d: Sequence[float]
    ) -> list[list[dict[str, Any]]]:
        """Everything an answer warns of, of each encounter; ``risks_30d`` are those answered."""
        return warn_of_values(self.stored, encounters, risks_30d)


def load_model(folder: Path, manifest_sha256: str, version: str, source: str) -> LoadedModel:
    """Verify a version's files, open it and check its probe.

    Raises:
        ArtifactError: a file was changed, parts do not fit, or the probe gives other answers.
    """
    return LoadedModel(version, open_model(folder, manifest_sha256), source, datetime.now(UTC), manifest_sha256, folder)
