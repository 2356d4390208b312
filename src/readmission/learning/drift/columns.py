"""Drift: do encounters, or a model's risks, still look like its training rows?

Each column is asked two questions. Is the change large? The population stability index (PSI) says how large; from
0.1 on it counts (Siddiqi 2006, "Credit Risk Scorecards"). Is it more than chance? A chi-square test of homogeneity
for categories, Kolmogorov-Smirnov's for counts; the p-values of all columns are adjusted together (Benjamini and
Hochberg 1995), so that 40 columns do not raise 40 times the false alarms. Both must say yes: with many rows the
smallest change is significant, with few rows chance alone makes a large PSI.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, distributions, false_discovery_control

from readmission.learning.training_profile import MISSING, ColumnProfile, TrainingProfile, describe_columns

PSI_BOUND = 0.1
SIGNIFICANCE = 0.01
MIN_ROWS = 200
"""Below, nothing can be told from chance."""
_BINS = 10
_RARE_ROWS = 5.0
"""Expected rows below which a category is pooled with the other rare ones (the chi-square test's usual bound)."""


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """One column compared. ``test``: chi-square or kolmogorov-smirnov; ``new_values``: values never seen before."""

    column: str
    psi: float
    test: str
    statistic: float
    p_value: float
    adjusted_p_value: float
    missing_expected: float
    missing_found: float
    new_values: int
    drifted: bool


@dataclass(frozen=True, slots=True)
class _Comparison:
    column: str
    psi: float
    test: str
    statistic: float
    p_value: float
    missing: tuple[float, float] = (0.0, 0.0)
    new_values: int = 0


def find_drift(
    profile: TrainingProfile,
    encounters: Sequence[Mapping[str, Any]],
    risks: Mapping[str, NDArray[np.float64]] | None = None,
) -> list[ColumnDrift]:
    """Compare encounters, and the risks a model gave them, with the model's training rows.

    Args:
        profile: of the training rows.
        encounters: at least :data:`MIN_ROWS`.
        risks: by target, one for each encounter; left out if nothing was predicted.

    Returns:
        One entry a column, then one a risk, in the order of the profile.
    """
    found = describe_columns(encounters)
    compared = [_compare(name, expected, found[name]) for name, expected in profile.columns.items() if name in found]
    for target, values in (risks or {}).items():
        compared.append(_compare_risks(target, profile.risk_edges[target], values))
    adjusted = false_discovery_control([each.p_value for each in compared])
    return [
        ColumnDrift(
            column=each.column,
            psi=each.psi,
            test=each.test,
            statistic=each.statistic,
            p_value=each.p_value,
            adjusted_p_value=float(p_value),
            missing_expected=each.missing[0],
            missing_found=each.missing[1],
            new_values=each.new_values,
            drifted=bool(each.psi >= PSI_BOUND and p_value < SIGNIFICANCE),
        )
        for each, p_value in zip(compared, adjusted, strict=True)
    ]


def population_stability_index(expected: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """PSI of two lists of rows by bin; half a row is added to each bin, so that an empty one stays finite.

    >>> round(population_stability_index(np.array([50.0, 50.0]), np.array([80.0, 20.0])), 2)
    0.41
    """
    p = (expected + 0.5) / (expected.sum() + 0.5 * len(expected))
    q = (found + 0.5) / (found.sum() + 0.5 * len(found))
    return float(np.sum((q - p) * np.log(q / p)))


def _compare(name: str, expected: ColumnProfile, found: ColumnProfile) -> _Comparison:
    p, q = _side_by_side(expected, found)
    if expected.numeric:
        test, (statistic, p_value) = "kolmogorov-smirnov", kolmogorov_smirnov(p, q)
        p, q = _cut_into_bins(p, q)
    else:
        p, q = _pool_rare(p, q)
        test, (statistic, p_value) = "chi-square", chi_square(p, q)
    missing = (expected.missing, found.missing)
    new_values = len(found.seen - expected.seen)
    return _Comparison(name, population_stability_index(p, q), test, statistic, p_value, missing, new_values)


def _compare_risks(target: str, edges: Sequence[float], values: NDArray[np.float64]) -> _Comparison:
    """The edges cut the training rows into equal parts, so each bin expects the same share."""
    found = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1).astype(np.float64)
    shares = found / found.sum()
    expected = np.full(len(found), 1 / len(found))
    statistic = float(found.sum() * np.sum((shares - expected) ** 2 / expected))
    p_value = float(chi2.sf(statistic, len(found) - 1))
    psi = population_stability_index(expected * found.sum(), found)
    return _Comparison(target, psi, "chi-square", statistic, p_value)


def _side_by_side(expected: ColumnProfile, found: ColumnProfile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows by value of both, numbers in order, other values by their expected rows."""
    values = expected.counts.keys() | found.counts.keys()
    if expected.numeric:
        order = sorted(values - {MISSING}, key=int)
    else:
        order = sorted(values, key=lambda value: (-expected.counts.get(value, 0), value))
    sides = [[each.counts.get(value, 0) for value in order] for each in (expected, found)]
    return np.array(sides[0], dtype=np.float64), np.array(sides[1], dtype=np.float64)


def _cut_into_bins(p: NDArray[np.float64], q: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most ten bins of about equal expected rows; neighbouring values together."""
    below = np.concatenate([[0.0], np.cumsum(p)[:-1]]) / max(p.sum(), 1.0)
    bins = np.minimum((below * _BINS).astype(int), _BINS - 1)
    numbers = np.unique(bins, return_inverse=True)[1]
    parts = [np.bincount(numbers, weights=side).astype(np.float64) for side in (p, q)]
    return parts[0], parts[1]


def _pool_rare(p: NDArray[np.float64], q: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Categories that expect few rows, those never seen included, become one."""
    rare = (p + q) * min(p.sum(), q.sum()) / (p.sum() + q.sum()) < _RARE_ROWS
    if not rare.any():
        return p, q
    return np.append(p[~rare], p[rare].sum()), np.append(q[~rare], q[rare].sum())


def chi_square(p: NDArray[np.float64], q: NDArray[np.float64]) -> tuple[float, float]:
    """Pearson's chi-square test that two lists of rows by bin are drawn alike: statistic and p-value."""
    both = p + q
    p, q, both = p[both > 0], q[both > 0], both[both > 0]
    if len(both) < 2:
        return 0.0, 1.0
    total = both.sum()
    expected = [both * side.sum() / total for side in (p, q)]
    statistic = float(sum(np.sum((side - e) ** 2 / e) for side, e in zip((p, q), expected, strict=True)))
    return statistic, float(chi2.sf(statistic, len(both) - 1))


def kolmogorov_smirnov(p: NDArray[np.float64], q: NDArray[np.float64]) -> tuple[float, float]:
    """Two-sample Kolmogorov-Smirnov test of rows by value in order; conservative for whole numbers, which tie."""
    n, m = p.sum(), q.sum()
    statistic = float(np.abs(np.cumsum(p) / n - np.cumsum(q) / m).max())
    return statistic, float(distributions.kstwo.sf(statistic, max(1, round(n * m / (n + m)))))
