"""From contributions to a model's own scores to contributions in risk points that add up.

The risk is a smooth function of the scores: softmax, calibration ``softmax(log(p) @ W + b)``, then one class or
the sum of two. Each feature gets its share of every score's movement on the straight way from the average
score to the encounter's, weighted by how much that score moves the risk there: the Aumann-Shapley value
(Aumann and Shapley 1974; in machine learning, integrated gradients, Sundararajan et al. 2017, arXiv
1703.01365). The shares add up to the difference of the two risks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_POINTS, _WEIGHTS = (np.asarray(part) / 2 for part in np.polynomial.legendre.leggauss(24))
_STEPS = _POINTS + 0.5
RISKS: dict[str, Floats] = {"risk_30d": np.array([0.0, 0.0, 1.0]), "risk_any": np.array([0.0, 1.0, 1.0])}
"""Which class probabilities make up each risk."""


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """``softmax(log(softmax(scores)) @ weights + bias)``."""

    weights: Floats
    bias: Floats

    def probabilities(self, scores: Floats) -> Floats:
        """Calibrated probabilities of scores float64[N, 3]."""
        return _softmax(np.log(_softmax(scores)) @ self.weights + self.bias)


@dataclass(frozen=True, slots=True)
class RiskContributions:
    """One risk taken apart: ``by_feature[F]`` adds up to ``risk - base_risk``."""

    risk: float
    base_risk: float
    by_feature: Floats


def share_out_risk(
    by_feature: Floats, average_score: Floats, score: Floats, calibration: ScoreCalibration
) -> dict[str, RiskContributions]:
    """Take both risks apart.

    Args:
        by_feature: contributions to the scores, [F, 3]; they add up to ``score - average_score``.
        average_score: where the way begins, [3].
        score: where it ends, [3].
        calibration: from scores to probabilities.
    """
    way = average_score + _STEPS[:, None] * (score - average_score)
    raw, calibrated = _softmax(way), calibration.probabilities(way)
    ends = calibration.probabilities(np.stack((average_score, score)))
    found = {}
    for name, chosen in RISKS.items():
        inner = calibrated * (chosen - (calibrated @ chosen)[:, None])  # d risk / d calibrated score
        outer = inner @ calibration.weights.T
        slopes = outer - raw * outer.sum(axis=1, keepdims=True)  # through log-softmax
        shares = by_feature @ (_WEIGHTS @ slopes)
        base, risk = float(ends[0] @ chosen), float(ends[1] @ chosen)
        found[name] = RiskContributions(risk, base, spread_rest(shares, risk - base))
    return found


def spread_rest(shares: Floats, total: float) -> Floats:
    """Shares that add up to a total: what rounding left over goes to each by its size."""
    sizes = np.abs(shares)
    whole = sizes.sum()
    return shares if whole == 0 else shares + (total - shares.sum()) * sizes / whole


def _softmax(scores: Floats) -> Floats:
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))
