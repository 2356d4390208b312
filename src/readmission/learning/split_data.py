"""A split as a model learns from it: encounters, classes, and the hash that names exactly these rows."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from readmission.contract.encounter import TARGET
from readmission.contract.origin import StoredDataset
from readmission.contract.target import CLASS_INDEX, CLASSES
from readmission.errors import NotFoundError
from readmission.learning.cross_validation import LabelledEncounters


@dataclass(frozen=True, slots=True)
class SplitData:
    """A split: its encounters, the hash of its rows, the data set it is of, and the columns left out."""

    data: LabelledEncounters
    sha256: str
    dataset: StoredDataset
    dropped: Collection[str]


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
