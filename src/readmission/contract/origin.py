"""Where results come from: the data set a database holds, and the data and code of a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredDataset:
    """The one data set a database holds. ``kind`` is uci, file or synthetic."""

    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """Which data and which code a run belongs to; every run carries these as tags."""

    dataset_kind: str
    dataset_sha256: str
    code_commit: str

    @property
    def tags(self) -> dict[str, str]:
        """The tags of a run."""
        return {
            "dataset_kind": self.dataset_kind,
            "dataset_sha256": self.dataset_sha256,
            "code_commit": self.code_commit,
        }
