"""Every acknowledged prediction of a process, written down as it arrives: id, encounter id and risk.

A worker on another machine has no disk in common with the master: it sends its lines along with its statistics.
"""

import itertools
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

FOLDER_VARIABLE = "READMISSION_LOAD_RESULTS"
ELSEWHERE_VARIABLE = "READMISSION_LOAD_ELSEWHERE"
"""Set for a worker that joined from another machine."""
_SPAN = 10_000_000


class Acknowledged:
    """Appends to a file of its own, so that processes never share one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: TextIO | None = None
        self._unsent: list[str] | None = [] if os.environ.get(ELSEWHERE_VARIABLE) else None
        # Ids of this process alone, far from those of any hospital.
        self._ids = itertools.count(8_000_000_000_000_000_000 + secrets.randbelow(100_000_000) * _SPAN)

    def next_encounter_id(self) -> int:
        """An encounter id no other request of any run has."""
        return next(self._ids)

    def add(self, prediction_id: str, encounter_id: int, risk_30d: float) -> None:
        """Write down one answer."""
        line = f"{prediction_id},{encounter_id},{risk_30d!r}\n"
        if self._unsent is None:
            self.write([line], str(os.getpid()))
        else:
            self._unsent.append(line)

    def write(self, lines: Iterable[str], writer: str) -> None:
        """Write lines down, in the file of whoever wrote first in this process."""
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = (self._folder / f"acknowledged-{writer}.csv").open("a", encoding="ascii", buffering=1 << 16)
        self._file.writelines(lines)

    def take_unsent(self) -> list[str]:
        """Lines the master has not got yet; they are its own from now on."""
        unsent, self._unsent = self._unsent or [], None if self._unsent is None else []
        return unsent

    def close(self) -> None:
        """Bring everything to disk."""
        if self._file is not None:
            self._file.close()
            self._file = None


def results_folder() -> Path:
    """Where this run's results go."""
    return Path(os.environ.get(FOLDER_VARIABLE, "artifacts/load/latest"))
