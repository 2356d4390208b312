"""What the training rows looked like, kept with the model as ``training_profile.json``: drift is measured against it.

Diagnoses are counted by their group, since hundreds of codes would each be too rare to compare; the codes seen are
listed, so that one never seen before is noticed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from readmission.contract.encounter import COUNTS, DIAGNOSES, INPUT_COLUMNS, NOT_MEASURED
from readmission.contract.target import T1, T2
from readmission.errors import ArtifactError
from readmission.features.diagnosis_groups import group_diagnosis
from readmission.features.encounter_table import EncounterTable

MISSING = "(missing)"
RISK_BINS = 10
FORMAT = 1


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Values of one column: rows by value (as text; :data:`MISSING` if there is none), and the codes seen."""

    numeric: bool
    counts: Mapping[str, int]
    seen: frozenset[str] = field(default_factory=frozenset)

    @property
    def rows(self) -> int:
        """Rows counted."""
        return sum(self.counts.values())

    @property
    def missing(self) -> float:
        """Share of rows without a value."""
        return self.counts.get(MISSING, 0) / max(self.rows, 1)


def describe_columns(encounters: Sequence[Mapping[str, Any]]) -> dict[str, ColumnProfile]:
    """Count the values of every column a model may look at."""
    table, found = EncounterTable.of(encounters), {}
    for column in INPUT_COLUMNS:
        counted: Counter[Any] = Counter(table.column(column.name).count())
        if column.kind == "lab" and None in counted:
            counted[NOT_MEASURED] += counted.pop(None)
        seen: frozenset[str] = frozenset(str(value) for value in counted if value is not None)
        if column.name in DIAGNOSES:
            grouped: Counter[Any] = Counter()
            for value, rows in counted.items():
                grouped[group_diagnosis(value)] += rows
            counted = grouped
        counts = {MISSING if value is None else str(value): rows for value, rows in counted.items()}
        found[column.name] = ColumnProfile(column.name in COUNTS, counts, seen)
    return found


def write_profile(
    columns: Mapping[str, ColumnProfile], risk_quantiles: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """The profile as JSON; ``risk_quantiles`` are percentiles 0 to 100 of each risk, out of fold."""
    step = 100 // RISK_BINS
    return {
        "format": FORMAT,
        "columns": {
            name: {"numeric": each.numeric, "counts": dict(sorted(each.counts.items())), "seen": sorted(each.seen)}
            for name, each in columns.items()
        },
        "risk_edges": {target: list(risk_quantiles[target][step:100:step]) for target in (T1, T2)},
    }


@dataclass(frozen=True, slots=True)
class TrainingProfile:
    """Columns, and for each risk the nine edges that cut the training rows' risks into tenths."""

    columns: Mapping[str, ColumnProfile]
    risk_edges: Mapping[str, Sequence[float]]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "TrainingProfile":
        """From JSON.

        Raises:
            ArtifactError: it is not a profile of this format.
        """
        try:
            if document["format"] != FORMAT:
                raise ValueError(f"format {document['format']}")
            columns = {
                name: ColumnProfile(bool(each["numeric"]), dict(each["counts"]), frozenset(each["seen"]))
                for name, each in document["columns"].items()
            }
            return cls(columns, {target: list(document["risk_edges"][target]) for target in (T1, T2)})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArtifactError(f"training_profile.json cannot be read: {error}") from error
