"""Read a split for training or checking, with the hash that names exactly these rows."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from readmission.contract.encounter import COLUMN_NAMES, TARGET
from readmission.contract.target import CLASS_INDEX, CLASSES
from readmission.errors import NotFoundError
from readmission.pipeline.cross_validation import LabelledEncounters
from readmission.settings import Settings
from readmission.storage.clean_encounters import read_split
from readmission.storage.column_choices import read_column_choices
from readmission.storage.database import connect
from readmission.storage.raw_encounters import StoredDataset, read_dataset


@dataclass(frozen=True, slots=True)
class SplitData:
    """A split: its encounters, the hash of its rows, the data set it is of, and the columns left out."""

    data: LabelledEncounters
    sha256: str
    dataset: StoredDataset
    dropped: Collection[str]


def load_split(settings: Settings, split: str) -> SplitData:
    """Read the eligible encounters of a split, in the order of ``encounter_id``.

    Raises:
        NotFoundError: there are none, or a class has none, or the columns were not judged yet.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(settings.database.url) as connection:
        dataset = read_dataset(connection)
        frame = read_split(connection, split).select(COLUMN_NAMES)
        choices = read_column_choices(connection, dataset.sha256)
    if not choices:
        raise NotFoundError("no column was judged yet: run `readmission profile-columns` first")
    dropped = tuple(sorted(choice.column_name for choice in choices if not choice.kept))
    return SplitData(label_encounters(frame, split), hash_rows(frame), dataset, dropped)


def label_encounters(frame: pl.DataFrame, split: str) -> LabelledEncounters:
    """Encounters, classes and patients of a typed frame of the contract's columns.

    Raises:
        NotFoundError: there are no rows, or none of a class.
    """
    absent = [name for name in CLASSES if name not in set(frame[TARGET])]
    if absent:
        raise NotFoundError(f"{len(frame)} clean {split} encounters, none of class {', '.join(absent)}")
    labels = frame[TARGET].replace_strict(CLASS_INDEX, return_dtype=pl.Int64).to_numpy().astype(np.int64)
    return LabelledEncounters(frame.drop(TARGET).to_dicts(), labels, frame["patient_nbr"].to_list())


def hash_rows(frame: pl.DataFrame) -> str:
    """SHA-256 of the rows as CSV, in the order of ``encounter_id``."""
    return hashlib.sha256(frame.sort("encounter_id").write_csv().encode()).hexdigest()
