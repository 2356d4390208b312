"""A split as a model learns from it: encounters, classes, and the hash that names exactly these rows."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from readmission.contract.encounter import IDENTIFIERS, INPUT_COLUMNS, TARGET
from readmission.contract.origin import StoredDataset
from readmission.contract.target import CLASS_INDEX, CLASSES
from readmission.errors import NotFoundError
from readmission.features.encounter_table import TableBuilder
from readmission.learning.cross_validation import LabelledEncounters


@dataclass(frozen=True, slots=True)
class SplitData:
    """A split: its encounters, the hash of its rows, the data set it is of, and the columns left out.

    ``sha256``: of the rows as CSV with a header, in the order of ``encounter_id``.
    """

    data: LabelledEncounters
    sha256: str
    dataset: StoredDataset
    dropped: Collection[str]


def label_encounters(frames: pl.DataFrame | Iterable[pl.DataFrame], split: str) -> LabelledEncounters:
    """Encounters, classes and patients of typed frames of the contract's columns; one frame is held at a time.

    Raises:
        NotFoundError: there are no rows, or none of a class.
    """
    builder, labels = TableBuilder(), [np.zeros(0, dtype=np.int8)]
    for frame in [frames] if isinstance(frames, pl.DataFrame) else frames:
        columns = {column.name: _code(frame[column.name]) for column in INPUT_COLUMNS}
        builder.add(len(frame), columns, {name: frame[name].to_numpy() for name in IDENTIFIERS})
        outcomes, codes = _code(frame[TARGET])
        labels.append(np.array([CLASS_INDEX[outcome] for outcome in outcomes], dtype=np.int8)[codes])
    classes = np.concatenate(labels).astype(np.int64)
    rows = np.bincount(classes, minlength=len(CLASSES))
    if absent := [name for name in CLASSES if not rows[CLASS_INDEX[name]]]:
        raise NotFoundError(f"{len(classes)} clean {split} encounters, none of class {', '.join(absent)}")
    table = builder.build()
    return LabelledEncounters(table, classes, table.identifiers["patient_nbr"])


def _code(series: pl.Series) -> tuple[list[Any], NDArray[np.int32]]:
    """The distinct values of a column, and the index of each row's."""
    coded = series.to_arrow().dictionary_encode(null_encoding="encode")
    return coded.dictionary.to_pylist(), coded.indices.to_numpy()
