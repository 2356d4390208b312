"""What acting on the risk is worth: net benefit by threshold, and how many are called for one who returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readmission.learning.candidate import Probabilities

THRESHOLDS = np.round(np.arange(0.02, 0.41, 0.01), 2)


@dataclass(frozen=True, slots=True)
class DecisionCurve:
    """Net benefit per patient (Vickers and Elkin 2006, doi 10.1177/0272989X06295361), at each threshold.

    True positives minus false positives weighted by the threshold's odds; for flagging by the model, flagging
    everyone, and no one (zero).
    """

    thresholds: NDArray[np.float64]
    model: NDArray[np.float64]
    everyone: NDArray[np.float64]


def decision_curve(outcomes: NDArray[np.bool_], risks: Probabilities) -> DecisionCurve:
    """Net benefit at thresholds from 2 % to 40 %."""
    odds = THRESHOLDS / (1 - THRESHOLDS)
    flagged = risks[None, :] >= THRESHOLDS[:, None]
    hits, needless = (flagged & outcomes).mean(axis=1), (flagged & ~outcomes).mean(axis=1)
    prevalence = float(outcomes.mean())
    return DecisionCurve(THRESHOLDS, hits - odds * needless, prevalence - odds * (1 - prevalence))


def measure_decisions(outcomes: NDArray[np.bool_], risks: Probabilities, threshold: float) -> dict[str, float]:
    """Rates at one threshold; ``number_needed_to_evaluate``: flagged patients for one who returns.

    >>> rates = measure_decisions(np.array([True, False, True, False]), np.array([0.3, 0.25, 0.1, 0.05]), threshold=0.2)
    >>> rates["flag_rate"], rates["sensitivity"], rates["number_needed_to_evaluate"]
    (0.5, 0.5, 2.0)
    """
    flagged = risks >= threshold
    precision = float(outcomes[flagged].mean()) if flagged.any() else 0.0
    return {
        "flag_rate": float(flagged.mean()),
        "sensitivity": float(flagged[outcomes].mean()),
        "specificity": float((~flagged)[~outcomes].mean()),
        "precision": precision,
        "number_needed_to_evaluate": 1 / precision if precision else float("inf"),
        "net_benefit": float((flagged & outcomes).mean() - threshold / (1 - threshold) * (flagged & ~outcomes).mean()),
    }
