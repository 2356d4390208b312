"""How good the model is for whom: discrimination, calibration and decisions in each group of patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import AGE_BANDS
from readmission.contract.target import T1, T2
from readmission.features.encounter_table import EncounterTable
from readmission.learning.candidate import Probabilities
from readmission.learning.measures.bootstrap import (
    Interval,
    Weights,
    draw_patients,
    interval,
    weighted_aucs,
    weighted_means,
)
from readmission.learning.measures.metrics import Labels, split_targets

MIN_PATIENTS = 300
"""A smaller group says too little: its interval would cover everything."""
FIELDS = ("race", "gender", "age")
_YOUNG = AGE_BANDS[:3]


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One group on held-out patients; rates are of decisions on ``risk_30d`` at the threshold.

    ``auc`` and ``auc_interval`` by target. ``observed`` and ``mean_risk`` by target: calibration in the large;
    ``gap_interval``: of ``mean_risk - observed``. ``rate_intervals`` by the name of the rate. All intervals are 95 %.
    """

    name: str
    patients: int
    encounters: int
    auc: dict[str, float]
    auc_interval: dict[str, Interval]
    observed: dict[str, float]
    mean_risk: dict[str, float]
    flag_rate: float
    sensitivity: float
    specificity: float
    precision: float
    gap_interval: dict[str, Interval]
    rate_intervals: dict[str, Interval]


def group_rows(
    encounters: Sequence[Mapping[str, Any]], patients: Sequence[int] | NDArray[np.int64]
) -> dict[str, NDArray[np.int64]]:
    """Rows of every group with at least 300 patients: race, gender, age band (under 30 together)."""
    table, known = EncounterTable.of(encounters), np.asarray(patients)
    found: dict[str, NDArray[np.int64]] = {}
    for field in FIELDS:
        column = table.column(field)
        labels = [_label(field, value) for value in column.values]
        for label in sorted(set(labels)):
            codes = [code for code, each in enumerate(labels) if each == label]
            found[f"{field}: {label}"] = np.flatnonzero(np.isin(column.codes, codes))
    return {name: found[name] for name in sorted(found) if len(np.unique(known[found[name]])) >= MIN_PATIENTS}


def _label(field: str, value: Any) -> str:
    return "under 30" if field == "age" and value in _YOUNG else str(value or "not recorded").strip("[)")


def measure_subgroups(
    probabilities: Probabilities,
    labels: Labels,
    encounters: Sequence[Mapping[str, Any]],
    patients: Sequence[int] | NDArray[np.int64],
    threshold: float,
    seed: int,
) -> list[Subgroup]:
    """Every group of :func:`group_rows` in which each outcome happened and did not."""
    weights = draw_patients(patients, seed)
    known = np.asarray(patients)
    return [
        _measure(name, probabilities[rows], labels[rows], len(np.unique(known[rows])), weights[:, rows], threshold)
        for name, rows in group_rows(encounters, patients).items()
        if {0, 2} <= set(labels[rows].tolist())
    ]


def _measure(
    name: str, probabilities: Probabilities, labels: Labels, patients: int, weights: Weights, threshold: float
) -> Subgroup:
    targets = split_targets(probabilities, labels)
    once = np.ones((1, len(labels)), dtype=np.float32)
    returned, risks = targets[T1]
    flagged = risks >= threshold
    # Of which rows each rate is a mean, and of what.
    rates = {
        "flag_rate": (np.ones_like(flagged), flagged),
        "sensitivity": (returned, flagged),
        "specificity": (~returned, ~flagged),
        "precision": (flagged, returned),
    }
    return Subgroup(
        name=name,
        patients=patients,
        encounters=len(labels),
        auc={target: float(weighted_aucs(*targets[target], once)[0]) for target in (T1, T2)},
        auc_interval={target: interval(weighted_aucs(*targets[target], weights)) for target in (T1, T2)},
        observed={target: float(targets[target][0].mean()) for target in (T1, T2)},
        mean_risk={target: float(targets[target][1].mean()) for target in (T1, T2)},
        gap_interval={
            target: interval(weighted_means(targets[target][1] - targets[target][0], weights)) for target in (T1, T2)
        },
        **{rate: float(value[among].mean()) if among.any() else 0.0 for rate, (among, value) in rates.items()},
        rate_intervals={
            rate: interval(weighted_means(value[among].astype(float), weights[:, among])) if among.any() else (0.0, 0.0)
            for rate, (among, value) in rates.items()
        },
    )
