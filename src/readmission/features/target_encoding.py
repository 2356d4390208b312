"""A category's outcome rates on the training rows, shrunken towards the overall rate.

Rate of a value = (events + m x prior) / (rows + m), the m-estimate of Micci-Barreca (2001,
doi 10.1145/507533.507538) with m = 30. In training each row must see rates from other patients only
(cross-fitting), or the model would read its own answer: counts are kept per fold of patients, and the
rates for a fold come from all the others.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMOOTHING_ROWS = 30.0
_DIGITS = 6
Rates = tuple[float, float]
"""Shrunken rate of readmission within 30 days, and at all."""


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """Rows and events of each value of a field, by fold: ``counts[k, fold, value]`` int64.

    ``k``: 0 rows, 1 readmitted within 30 days, 2 readmitted at all.
    """

    values: tuple[Hashable, ...]
    counts: NDArray[np.int64]

    def rates(self, prior: Rates, without_fold: int | None = None) -> dict[Hashable, Rates]:
        """Shrunken rates of every value, from all folds or from all but one."""
        totals = self.counts.sum(axis=1)
        if without_fold is not None:
            totals = totals - self.counts[:, without_fold]
        rows = totals[0] + SMOOTHING_ROWS
        soon = np.round((totals[1] + SMOOTHING_ROWS * prior[0]) / rows, _DIGITS).tolist()
        ever = np.round((totals[2] + SMOOTHING_ROWS * prior[1]) / rows, _DIGITS).tolist()
        return {value: (soon[index], ever[index]) for index, value in enumerate(self.values)}

    def count_rows(self) -> dict[str, int]:
        """Rows of every value, over all folds."""
        return dict(zip(map(str, self.values), self.counts[0].sum(axis=0).tolist(), strict=True))


def count_outcomes(
    values: Sequence[Hashable],
    codes: NDArray[np.int64],
    labels: NDArray[np.int64],
    folds: NDArray[np.int64],
    n_folds: int,
) -> OutcomeCounts:
    """Count rows and events by value and fold.

    Args:
        values: distinct values.
        codes: index of each row's value.
        labels: class of each row, as in ``contract.target.CLASSES``.
        folds: fold of each row.
        n_folds: number of folds.
    """
    cells = folds * len(values) + codes
    size = n_folds * len(values)
    counts = np.stack([np.bincount(cells[mask], minlength=size) for mask in (labels >= 0, labels == 2, labels >= 1)])
    return OutcomeCounts(tuple(values), counts.reshape(3, n_folds, len(values)).astype(np.int64))


def overall_rates(labels: NDArray[np.int64]) -> Rates:
    """Rates of the two outcomes over all rows."""
    return round(float((labels == 2).mean()), _DIGITS), round(float((labels >= 1).mean()), _DIGITS)
