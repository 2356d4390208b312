"""Cut a checked CSV into batches: each split in the order of ``encounter_id``, every line as it stands in the file."""

import mmap
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import COLUMN_NAMES
from readmission.dataset.splits import SPLITS, Split, assign_splits

HEADER = ",".join(COLUMN_NAMES).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class CutBatch:
    """One batch: its split, its number, and its CSV bytes with header, lines ended by a line feed."""

    split: Split
    number: int
    rows: int
    csv_bytes: bytes


@dataclass(frozen=True, slots=True)
class CsvIndex:
    """Where each encounter stands in a file: three integers a row, so that rows themselves stay on disk.

    All arrays have one entry an encounter, in the order of the file.
    """

    path: Path
    encounter_ids: NDArray[np.int64]
    patient_nbrs: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def build(cls, path: Path) -> "CsvIndex":
        """Read a CSV whose shape was checked (:mod:`readmission.dataset.check_csv`)."""
        encounter_ids, patient_nbrs, starts = array("q"), array("q"), array("q")
        with path.open("rb") as file:
            position = len(file.readline())
            for line in file:
                encounter_id, patient_nbr, _ = line.split(b",", 2)
                encounter_ids.append(int(encounter_id.strip(b'"')))
                patient_nbrs.append(int(patient_nbr.strip(b'"')))
                starts.append(position)
                position += len(line)
        return cls(path, *(np.array(each, dtype=np.int64) for each in (encounter_ids, patient_nbrs, starts)))

    def split_rows(self, salt: str) -> dict[Split, NDArray[np.int64]]:
        """Positions of each split's encounters, ordered by ``encounter_id``."""
        split_of = assign_splits(self.patient_nbrs.tolist(), salt)
        numbers = np.array([SPLITS.index(split_of[patient]) for patient in self.patient_nbrs.tolist()], dtype=np.int64)
        order = np.argsort(self.encounter_ids, kind="stable")
        return {split: order[numbers[order] == number] for number, split in enumerate(SPLITS)}

    def cut_batches(
        self, rows_of: dict[Split, NDArray[np.int64]], batch_size: int, first_number: dict[Split, int]
    ) -> Iterator[CutBatch]:
        """Batches of at most ``batch_size`` encounters, one at a time in memory."""
        with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            for split, rows in rows_of.items():
                for index, start in enumerate(range(0, len(rows), batch_size)):
                    chosen = rows[start : start + batch_size]
                    lines = (_line_at(text, at) for at in self.starts[chosen].tolist())
                    yield CutBatch(split, first_number[split] + index, len(chosen), HEADER + b"".join(lines))


def _line_at(text: mmap.mmap, start: int) -> bytes:
    end = text.find(b"\n", start)
    line = text[start:] if end < 0 else text[start:end]
    return line.removesuffix(b"\r") + b"\n"
