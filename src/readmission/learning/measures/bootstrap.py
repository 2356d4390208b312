"""Uncertainty by resampling patients, not rows: a patient's stays are alike and come or go together.

Ordinary percentile bootstrap (Efron and Tibshirani 1993), clustered by patient. Each replicate is a set of
row weights, so that a metric is computed for all replicates at once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from readmission.learning.candidate import Probabilities
from readmission.learning.measures.metrics import calibration_groups

REPLICATES = 200
Weights = NDArray[np.float32]
Interval = tuple[float, float]


def draw_patients(patients: Sequence[int] | NDArray[np.int64], seed: int, replicates: int = REPLICATES) -> Weights:
    """How often each row counts in each replicate, float32[replicates, N]; every patient is drawn whole."""
    _, index = np.unique(np.asarray(patients), return_inverse=True)
    known = int(index.max()) + 1
    random = np.random.default_rng(seed)
    return np.stack(
        [np.bincount(random.integers(known, size=known), minlength=known)[index] for _ in range(replicates)]
    ).astype(np.float32)


def weighted_aucs(outcomes: NDArray[np.bool_], risks: Probabilities, weights: Weights) -> NDArray[np.float64]:
    """ROC AUC of every replicate; ties count half. NaN if a replicate lacks one of the outcomes."""
    order = np.argsort(risks, kind="stable")
    sorted_risks, happened = risks[order], outcomes[order]
    ranks = np.flatnonzero(happened)
    drawn = weights[:, order]
    events = drawn[:, ranks]
    drawn[:, ranks] = 0
    # Counts stay far below 2**24, so float32 holds them exactly.
    below = np.cumsum(drawn, axis=1, out=drawn)
    starts = np.searchsorted(sorted_risks, sorted_risks[ranks], "left")
    ends = np.searchsorted(sorted_risks, sorted_risks[ranks], "right")
    lower = np.where(starts > 0, below[:, np.maximum(starts - 1, 0)], 0)
    middle = (lower + below[:, ends - 1]) / 2
    with np.errstate(invalid="ignore"):
        pairs = events.sum(axis=1, dtype=np.float64) * below[:, -1]
        return np.asarray(np.einsum("ij,ij->i", events, middle, dtype=np.float64) / pairs)


def weighted_pr_aucs(outcomes: NDArray[np.bool_], risks: Probabilities, weights: Weights) -> NDArray[np.float64]:
    """Area under precision and recall (average precision) of every replicate; ties are one step."""
    order = np.argsort(-risks, kind="stable")
    last = np.append(np.flatnonzero(np.diff(risks[order])), len(order) - 1)
    drawn = weights[:, order]
    flagged = np.cumsum(drawn, axis=1)[:, last]
    drawn *= outcomes[order]
    hits = np.cumsum(drawn, axis=1, out=drawn)[:, last]
    with np.errstate(invalid="ignore"):
        precision = np.where(flagged > 0, hits / flagged, 0)
        steps = np.diff(hits, axis=1, prepend=0)
        return np.asarray(np.einsum("ij,ij->i", steps, precision, dtype=np.float64) / hits[:, -1])


def weighted_means(values: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    """Mean of a value by row, of every replicate; NaN if none of these rows was drawn."""
    with np.errstate(invalid="ignore"):
        return np.asarray((weights @ values) / weights.sum(axis=1))


def weighted_eces(outcomes: NDArray[np.bool_], risks: Probabilities, weights: Weights) -> NDArray[np.float64]:
    """Expected calibration error of every replicate, in the bins of the whole sample."""
    gaps = np.stack([weights[:, part] @ (risks[part] - outcomes[part]) for part in calibration_groups(risks)], axis=1)
    return np.asarray(np.abs(gaps).sum(axis=1) / weights.sum(axis=1))


def interval(values: NDArray[np.float64], level: float = 0.95) -> Interval:
    """Percentile interval of replicates.

    >>> interval(np.arange(101.0), level=0.5)
    (25.0, 75.0)
    """
    tail = (1 - level) / 2
    low, high = np.nanquantile(values, [tail, 1 - tail])
    return float(low), float(high)
