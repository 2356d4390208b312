"""Recalibrate three-class probabilities to other patients: one slope, and an intercept for each class.

Logistic recalibration (Cox 1958; Steyerberg et al. 2004, doi 10.1002/sim.1844) for three classes:
softmax(slope * log(p) + intercepts). It leaves the order of risks nearly as it is, so discrimination stays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from readmission.learning.candidate import Probabilities
from readmission.learning.lightgbm_trees import softmax
from readmission.learning.measures.metrics import Labels

FOLDS = 5
_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class Recalibration:
    """Slope, and intercepts [3] of which the first (not readmitted) is zero."""

    slope: float
    intercepts: NDArray[np.float64]

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Recalibrated probabilities float64[N, 3]."""
        return softmax(self.slope * _logs(probabilities) + self.intercepts)


def fit_recalibration(probabilities: Probabilities, labels: Labels) -> Recalibration:
    """The most likely slope and intercepts.

    >>> risks = np.tile([0.6, 0.3, 0.1], (1000, 1))
    >>> labels = np.repeat([0, 1, 2], [600, 200, 200])  # a third fewer came back late, twice as many soon
    >>> fit_recalibration(risks, labels).apply(risks)[0].round(3).tolist()
    [0.6, 0.2, 0.2]
    """
    logs, rows = _logs(probabilities), np.arange(len(labels))
    happened = np.zeros_like(logs)
    happened[rows, labels] = 1.0

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        fitted = softmax(found[0] * logs + np.array([0.0, found[1], found[2]]))
        excess = (fitted - happened) / len(labels)
        gradient = np.array([(excess * logs).sum(), excess[:, 1].sum(), excess[:, 2].sum()])
        return float(-np.log(np.maximum(fitted[rows, labels], _SMALLEST)).mean()), gradient

    slope, late, soon = minimize(loss, np.array([1.0, 0.0, 0.0]), jac=True, method="BFGS").x
    return Recalibration(float(slope), np.array([0.0, late, soon]))


def recalibrate_out_of_fold(
    probabilities: Probabilities, labels: Labels, patients: NDArray[np.int64], seed: int
) -> Probabilities:
    """Probabilities of each fold of patients, recalibrated on the other folds: what new patients would be told."""
    known, index = np.unique(patients, return_inverse=True)
    folds = np.random.default_rng(seed).integers(0, FOLDS, len(known))[index]
    found = np.empty_like(probabilities)
    for fold in range(FOLDS):
        held_out = folds == fold
        fitted = fit_recalibration(probabilities[~held_out], labels[~held_out])
        found[held_out] = fitted.apply(probabilities[held_out])
    return found


def _logs(probabilities: Probabilities) -> Probabilities:
    logs: Probabilities = np.log(np.maximum(probabilities, _SMALLEST))
    return logs
