"""Calibration: make a risk of 20 % come true in 20 % of cases, without changing what the model knows.

Matrix scaling (Guo et al. 2017, arXiv 1706.04599): softmax(log(p) @ W + b), a multinomial regression on the
model's own log-probabilities, fitted on predictions for patients the model had not seen. It is Platt's
method for three classes; being one softmax, P(<30) never exceeds P(readmitted at all).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from readmission.learning.candidate import Probabilities
from readmission.learning.lightgbm_trees import softmax

_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights [3, 3] and bias [3] applied to log-probabilities."""

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Calibrated probabilities float64[N, 3]."""
        return softmax(np.log(np.maximum(probabilities, _SMALLEST)) @ self.weights + self.bias)


def fit_calibration(out_of_fold: Probabilities, labels: NDArray[np.int64]) -> Calibration:
    """Fit on out-of-fold predictions; nearly unregularised, for it has eight free numbers and many rows."""
    regression = LogisticRegression(C=1e4, max_iter=1000, tol=1e-8)
    regression.fit(np.log(np.maximum(out_of_fold, _SMALLEST)), labels)
    return Calibration(regression.coef_.T.astype(np.float64), regression.intercept_.astype(np.float64))
