"""Metrics of weighted rows, from risks sorted once: what a bootstrap and an expected value both need, fast.

A row may count as part of an event: with outcomes of 0 and 1 these are the metrics as everybody knows them, with
probabilities their expected counts.
"""

import numpy as np
from numpy.typing import NDArray

from readmission.learning.measures.metrics import ECE_BINS

Values = NDArray[np.float64]
_MIN_BIN_ROWS = 200
_SMALLEST = 1e-6
_NEWTON_STEPS = 25


class SortedRisks:
    """Risks float64[N] with their outcomes float64[N] in [0, 1], ready for any weights float64[N]."""

    def __init__(self, risks: Values, outcomes: Values) -> None:
        self.order = np.argsort(-risks, kind="stable")
        self.risks = risks[self.order]
        self.outcomes = outcomes[self.order].astype(np.float64)
        self._ends = np.append(np.flatnonzero(np.diff(self.risks)), len(risks) - 1)  # equal risks move together
        bins = max(1, min(ECE_BINS, len(risks) // _MIN_BIN_ROWS))
        self._starts = np.array([part[0] for part in np.array_split(np.arange(len(risks)), bins)])
        clipped = np.clip(self.risks, _SMALLEST, 1 - _SMALLEST)
        self._log_odds = np.log(clipped / (1 - clipped))

    def discrimination(self, weights: Values, outcomes: Values | None = None) -> dict[str, float]:
        """``roc_auc``, ``pr_auc`` and ``brier``; ``outcomes`` (sorted) in place of the own ones."""
        events_of_row = weights * (self.outcomes if outcomes is None else outcomes)
        hits = np.cumsum(events_of_row)[self._ends]
        flagged = np.cumsum(weights)[self._ends]
        alarms = flagged - hits
        brier = np.sum(events_of_row * (1 - self.risks) ** 2 + (weights - events_of_row) * self.risks**2) / flagged[-1]
        hit_rate, alarm_rate = np.append(0.0, hits / hits[-1]), np.append(0.0, alarms / alarms[-1])
        precision = hits / np.maximum(flagged, 1e-300)
        return {
            "roc_auc": float(np.trapezoid(hit_rate, alarm_rate)),
            "pr_auc": float(np.sum(np.diff(hit_rate) * precision)),
            "brier": float(brier),
        }

    def calibration(self, weights: Values) -> dict[str, float]:
        """``ece`` in bins of equal size, and ``calibration_slope`` (Cox 1958: 1 is right, below 1 too extreme)."""
        rows = np.add.reduceat(weights, self._starts)
        gaps = np.add.reduceat(weights * (self.risks - self.outcomes), self._starts)
        return {"ece": float(np.abs(gaps).sum() / rows.sum()), "calibration_slope": self._slope(weights)}

    def _slope(self, weights: Values) -> float:
        """Logistic regression of the outcomes on the risks' log-odds, by Newton's method."""
        design = np.stack([np.ones_like(self._log_odds), self._log_odds])
        found = np.zeros(2)  # from here Newton's method does not overshoot, however extreme the risks are
        for _ in range(_NEWTON_STEPS):
            fitted = 1 / (1 + np.exp(-np.clip(found @ design, -30, 30)))
            gradient = design @ (weights * (self.outcomes - fitted))
            curvature = (design * (weights * fitted * (1 - fitted))) @ design.T + 1e-9 * np.eye(2)
            step = np.linalg.solve(curvature, gradient)
            found = found + step
            if np.abs(step).max() < 1e-8:
                break
        return float(found[1])
