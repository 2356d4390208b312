"""Every acknowledged prediction of a process, written down as it arrives: id, encounter id and risk."""

import itertools
import os
import secrets
from pathlib import Path
from typing import TextIO

FOLDER_VARIABLE = "READMISSION_LOAD_RESULTS"
_SPAN = 10_000_000


class Acknowledged:
    """Appends to a file of its own, so that processes never share one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: TextIO | None = None
        # Ids of this process alone, far from those of any hospital.
        self._ids = itertools.count(8_000_000_000_000_000_000 + secrets.randbelow(100_000_000) * _SPAN)

    def next_encounter_id(self) -> int:
        """An encounter id no other request of any run has."""
        return next(self._ids)

    def add(self, prediction_id: str, encounter_id: int, risk_30d: float) -> None:
        """Write down one answer."""
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = (self._folder / f"acknowledged-{os.getpid()}.csv").open(
                "a", encoding="ascii", buffering=1 << 16
            )
        self._file.write(f"{prediction_id},{encounter_id},{risk_30d!r}\n")

    def close(self) -> None:
        """Bring everything to disk."""
        if self._file is not None:
            self._file.close()
            self._file = None


def results_folder() -> Path:
    """Where this run's results go."""
    return Path(os.environ.get(FOLDER_VARIABLE, "artifacts/load/latest"))
