"""Who is in a split: counts and shares alone, never a row, and no count of a handful of people."""

from collections import Counter
from dataclasses import dataclass

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.target import T1, T2
from readmission.features.encounter_table import EncounterTable
from readmission.learning.split_data import SplitData

SMALLEST_COUNT = 11
"""Smaller groups are not counted in a card: a handful of people could be known by it."""
DEMOGRAPHICS = ("race", "gender", "age")
MEANS = {
    "time_in_hospital": "Length of stay, days",
    "number_inpatient": "Inpatient stays in the year before",
    "number_emergency": "Emergency visits in the year before",
    "number_outpatient": "Outpatient visits in the year before",
    "num_medications": "Medications",
    "num_lab_procedures": "Laboratory tests",
    "number_diagnoses": "Diagnoses entered",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Encounters with one value of a demographic column, and the share of them with each outcome."""

    encounters: int
    share: float
    returned: dict[str, float]


@dataclass(frozen=True, slots=True)
class DescribedSplit:
    """One split in numbers.

    ``events``: encounters with each outcome. ``groups``: by column, then value. ``means``: of numeric columns.
    ``treated``: share with insulin, with any diabetes drug, with an A1c test. ``missing``: share of rows
    without a value, by column, where there are any.
    """

    name: str
    sha256: str
    encounters: int
    patients: int
    events: dict[str, int]
    groups: dict[str, dict[str, Group]]
    means: dict[str, float]
    treated: dict[str, float]
    missing: dict[str, float]


def describe_split(name: str, split: SplitData) -> DescribedSplit:
    """Count a split's encounters; groups under eleven are left out."""
    rows, labels = split.data.encounters, split.data.labels
    count = len(labels)
    return DescribedSplit(
        name=name,
        sha256=split.sha256,
        encounters=count,
        patients=split.data.patient_count,
        events={T1: int((labels == 2).sum()), T2: int((labels >= 1).sum())},
        groups={column: _group(column, split) for column in DEMOGRAPHICS},
        means={column: float(rows.column(column).map(float).mean()) for column in MEANS},
        treated={
            "Insulin": _share(rows, "insulin", absent="No"),
            "Any diabetes drug": _share(rows, "diabetesMed", absent="No"),
            "Haemoglobin A1c measured": _share(rows, "A1Cresult", absent="None"),
        },
        missing={
            column.name: share
            for column in INPUT_COLUMNS
            if column.missing_allowed and (share := rows.column(column.name).count().get(None, 0) / count)
        },
    )


def _group(column: str, split: SplitData) -> dict[str, Group]:
    labels = split.data.labels
    values = split.data.encounters.column(column).map(lambda value: str(value or "not recorded").strip("[)"), object)
    found = {}
    for value, count in sorted(Counter(values.tolist()).items()):
        if count >= SMALLEST_COUNT:
            chosen = labels[values == value]
            returned = {T1: float((chosen == 2).mean()), T2: float((chosen >= 1).mean())}
            found[value] = Group(count, count / len(labels), returned)
    return found


def _share(rows: EncounterTable, column: str, absent: str) -> float:
    return float(rows.column(column).map(lambda value: (value or absent) != absent).mean())
