"""Ways to divide encounters into train and test: the honest one, and three that show leakage and drift."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from readmission.contract.encounter import COLUMN_NAMES
from readmission.dataset.splits import assign_splits
from readmission.learning.cross_validation import LabelledEncounters
from readmission.learning.split_data import label_encounters

SALTS = tuple(f"readmission-v{number}" for number in range(1, 6))
"""Fixed once (CONTRACT): nobody chooses the split that looks best."""
_TRAIN, _VALIDATION = 0.6, 0.8


@dataclass(frozen=True, slots=True)
class Division:
    """Train and test encounters; what lies between them (validation) is left out, as in the platform."""

    name: str
    train: LabelledEncounters
    test: LabelledEncounters


def divide_by_patient(frame: pl.DataFrame, salt: str, name: str | None = None) -> Division:
    """60/20/20 by a salted hash of the patient: no patient on both sides."""
    splits = assign_splits(frame["patient_nbr"].to_list(), salt)
    split = frame["patient_nbr"].replace_strict(splits, return_dtype=pl.String)
    return _divide(name or salt, frame, (split == "train").to_numpy(), (split == "test").to_numpy())


def divide_by_row(frame: pl.DataFrame, seed: int, name: str = "by row") -> Division:
    """60/20/20 by row: most of the test patients are in train too."""
    place = np.random.default_rng(seed).permutation(len(frame)) / len(frame)
    return _divide(name, frame, place < _TRAIN, place >= _VALIDATION)


def divide_first_encounters(frame: pl.DataFrame, salt: str) -> Division:
    """By patient, each patient's first encounter only, as Strack et al. (2014) did."""
    first = frame.sort("encounter_id").unique("patient_nbr", keep="first", maintain_order=True)
    return divide_by_patient(first, salt, "first encounter only")


def divide_by_time(frame: pl.DataFrame) -> Division:
    """The first 60 % in the order of ``encounter_id`` (a proxy of time) against the last 20 %."""
    place = np.arange(len(frame)) / len(frame)
    return _divide("by time", frame.sort("encounter_id"), place < _TRAIN, place >= _VALIDATION)


def _divide(name: str, frame: pl.DataFrame, train: np.ndarray, test: np.ndarray) -> Division:
    chosen = frame.select(COLUMN_NAMES)
    return Division(
        name, label_encounters(chosen.filter(train), "train"), label_encounters(chosen.filter(test), "test")
    )
