"""A state folder belongs to one data set: what was chosen first stays."""

from pathlib import Path
from typing import Any

from readmission.errors import PlatformError
from readmission.local.state.folder import StateFolder

_BY_NAME = ("auto", "uci", "synthetic")


def choose(folder: StateFolder, wanted: str) -> str:
    """The data set this folder runs on: ``auto``, ``uci``, ``synthetic``, or an absolute path.

    Raises:
        PlatformError: the folder was made for another one, or the path names no file.
    """
    wanted = wanted if wanted in _BY_NAME else str(Path(wanted).expanduser().absolute())
    record = folder.read_record()
    if "dataset" not in record:
        if wanted not in _BY_NAME and not Path(wanted).is_file():
            raise PlatformError(f"READMISSION_DATASET: there is no file {wanted}")
        return wanted
    if wanted == record["dataset"]:
        return wanted
    raise PlatformError(
        f"{folder.root} was made for data set {record['dataset']!r}; it is never mixed with {wanted!r}: "
        "set READMISSION_STATE_DIR to another folder, or `make clean` first"
    )


def keep(folder: StateFolder, chosen: str, served: dict[str, Any]) -> None:
    """Record what the data service serves.

    Raises:
        PlatformError: this folder holds another data set.
    """
    record = folder.read_record()
    known = record.get("dataset_sha256")
    if known and known != served["sha256"]:
        raise PlatformError(
            f"the data set has changed: {folder.root} was made for SHA-256 {known[:12]}..., this one is "
            f"{served['sha256'][:12]}...: give the earlier one, or `make clean` first"
        )
    folder.update_record(dataset=chosen, dataset_sha256=served["sha256"])
