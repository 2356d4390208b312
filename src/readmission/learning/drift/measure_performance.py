"""Realised performance: risks against what became of the patients, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readmission.learning.measures.weighted_metrics import SortedRisks

Risks = NDArray[np.float64]
Outcomes = NDArray[np.bool_]
MIN_EVENTS = 10
"""Events, and rows without, below which no metric is given."""
_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def measure_performance(
    outcomes: Outcomes, risks: Risks, groups: Sequence[int], seed: int, draws: int = _DRAWS
) -> dict[str, Measured]:
    """ROC AUC, PR AUC, Brier score, ECE and calibration slope; nothing if there are too few events.

    Args:
        outcomes: bool[N].
        risks: float64[N].
        groups: the patient of each row; the bootstrap draws patients, so rows of one come together.
        seed: of the bootstrap.
        draws: bootstrap samples.
    """
    events = int(outcomes.sum())
    if min(events, len(outcomes) - events) < MIN_EVENTS:
        return {}
    ready = SortedRisks(risks, outcomes.astype(np.float64))
    values = _measure(ready, np.ones(len(risks)))
    random = np.random.default_rng(seed)
    numbers = np.unique(np.asarray(groups), return_inverse=True)[1][ready.order]
    patients = int(numbers.max()) + 1
    drawn: dict[str, list[float]] = {name: [] for name in values}
    for _ in range(draws):
        times_drawn = np.bincount(random.integers(patients, size=patients), minlength=patients)
        weights = times_drawn[numbers].astype(np.float64)
        if 0 < weights @ ready.outcomes < weights.sum():
            for name, value in _measure(ready, weights).items():
                drawn[name].append(value)
    intervals = {name: np.quantile(each, [0.025, 0.975]) for name, each in drawn.items()}
    return {
        name: Measured(value, float(intervals[name][0]), float(intervals[name][1])) for name, value in values.items()
    }


def slice_rows(encounters: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[np.bool_]]:
    """The subgroups that are watched: gender, and age below 50, 50 to 69, from 70 on."""
    genders = np.array([str(encounter.get("gender")) for encounter in encounters])
    ages = np.array([int(str(encounter.get("age"))[1:].partition("-")[0]) for encounter in encounters])
    return {
        "women": genders == "Female",
        "men": genders == "Male",
        "below 50 years": ages < 50,
        "50 to 69 years": (ages >= 50) & (ages < 70),
        "70 years and over": ages >= 70,
    }


def _measure(ready: SortedRisks, weights: Risks) -> dict[str, float]:
    return {**ready.discrimination(weights), **ready.calibration(weights)}
