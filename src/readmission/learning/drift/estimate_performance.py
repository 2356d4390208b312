"""How good are the risks, before anyone knows what became of the patients?

Confidence-based performance estimation: if the risks are calibrated, a risk of 0.2 is right in a fifth of cases, so
the expected value of a metric follows from the risks alone (NannyML, "Confidence-based Performance Estimation";
Kivimäki et al. 2025, arXiv 2505.05295). It sees what a change of the patients does to the metric; it cannot
see that the relation between patients and outcomes changed: then the calibration is off, and the estimate with it.
That is why its error against the realised value is reported as soon as labels are in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readmission.learning.measures.weighted_metrics import SortedRisks

Risks = NDArray[np.float64]
_DRAWS = 100


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the 2.5 and 97.5 % points of what chance in the outcomes alone would make of it."""

    value: float
    low: float
    high: float


def estimate_performance(risks: Risks, seed: int) -> dict[str, Estimate]:
    """Expected ``roc_auc``, ``pr_auc`` and ``brier`` of calibrated risks float64[N] in [0, 1].

    A calibration error cannot be estimated this way: it is taken to be nought.
    """
    ready = SortedRisks(risks, risks)
    weights = np.ones(len(risks))
    values = ready.discrimination(weights)
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in values}
    for _ in range(_DRAWS):
        outcomes = (random.random(len(risks)) < ready.risks).astype(np.float64)
        if 0 < outcomes.sum() < len(outcomes):
            for name, value in ready.discrimination(weights, outcomes).items():
                drawn[name].append(value)
    found = {}
    for name, value in values.items():
        low, high = np.quantile(drawn[name], [0.025, 0.975]) if drawn[name] else (value, value)
        found[name] = Estimate(value, float(low), float(high))
    return found
