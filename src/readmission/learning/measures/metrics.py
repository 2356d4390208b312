"""How good probabilities are: discrimination, accuracy, calibration. Both targets, one place.

T1 (``risk_30d``) is class <30 against the rest; T2 (``risk_any``) classes >30 and <30 against NO.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import average_precision_score, roc_auc_score

from readmission.contract.target import T1, T2
from readmission.learning.candidate import Probabilities

ECE_BINS = 10
_MIN_BIN_ROWS = 200
"""Below, chance alone moves a bin by several points; a small split gets fewer bins."""
_SMALLEST = 1e-12
Labels = NDArray[np.int64]


def split_targets(probabilities: Probabilities, labels: Labels) -> dict[str, tuple[NDArray[np.bool_], Probabilities]]:
    """Outcome and risk of each target: ``{"risk_30d": (bool[N], float64[N]), "risk_any": ...}``."""
    return {T1: (labels == 2, probabilities[:, 2]), T2: (labels >= 1, probabilities[:, 1] + probabilities[:, 2])}


def calibration_groups(risks: Probabilities) -> list[NDArray[np.int64]]:
    """Rows of ten groups of equal size by risk (fewer below 2,000 rows)."""
    order = np.argsort(risks, kind="stable")
    return np.array_split(order, max(1, min(ECE_BINS, len(order) // _MIN_BIN_ROWS)))


def calibration_bins(outcomes: NDArray[np.bool_], risks: Probabilities) -> tuple[NDArray[np.float64], ...]:
    """Ten bins of equal size by risk (fewer below 2,000 rows): mean risk, share of outcomes and rows of each."""
    bins = calibration_groups(risks)
    return (
        np.array([risks[part].mean() for part in bins]),
        np.array([outcomes[part].mean() for part in bins]),
        np.array([len(part) for part in bins], dtype=np.float64),
    )


def expected_calibration_error(outcomes: NDArray[np.bool_], risks: Probabilities) -> float:
    """ECE: mean absolute gap between risk and share of outcomes over ten bins of equal size.

    >>> outcomes = np.array([True, False, False, False])
    >>> round(expected_calibration_error(outcomes, np.full(4, 0.35)), 3)  # a quarter came back
    0.1
    """
    mean_risk, share, rows = calibration_bins(outcomes, risks)
    return float(np.average(np.abs(mean_risk - share), weights=rows))


def calibration_line(outcomes: NDArray[np.bool_], risks: Probabilities) -> tuple[float, float]:
    """Calibration slope, and intercept with the slope held at one (Cox 1958; Van Calster et al. 2019).

    A slope below 1: risks too extreme; an intercept below 0: risks too high. Newton's method.
    """
    logits = np.log(np.clip(risks, _SMALLEST, 1 - 1e-9) / np.clip(1 - risks, 1e-9, 1))
    design = np.stack((np.ones_like(logits), logits), axis=1)
    slope = _fit_logistic(design, outcomes, np.zeros_like(logits), np.array([0.0, 1.0]))[1]
    intercept = _fit_logistic(design[:, :1], outcomes, logits, np.zeros(1))[0]
    return float(slope), float(intercept)


def slope_standard_error(risks: Probabilities) -> float:
    """Standard error of the calibration slope if the risks are right: from the Fisher information."""
    logits = np.log(np.clip(risks, _SMALLEST, 1) / np.clip(1 - risks, 1e-9, 1))
    weights = risks * (1 - risks)
    centred = logits - np.average(logits, weights=weights)
    return float(1 / np.sqrt(max((weights * centred**2).sum(), _SMALLEST)))


def _fit_logistic(
    design: NDArray[np.float64],
    outcomes: NDArray[np.bool_],
    offset: NDArray[np.float64],
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    found = start
    for _ in range(25):
        fitted = expit(offset + design @ found)
        spread = (design * (fitted * (1 - fitted))[:, None]).T @ design
        step = np.linalg.solve(spread + 1e-9 * np.eye(len(start)), design.T @ (outcomes - fitted))
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    return found


def auc_standard_error(auc: float, events: int, others: int) -> float:
    """Standard error of a ROC AUC (Hanley and McNeil 1982, doi 10.1148/radiology.143.1.7063747)."""
    pair_of_events, pair_of_others = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = (events - 1) * (pair_of_events - auc**2) + (others - 1) * (pair_of_others - auc**2)
    return float(np.sqrt((auc * (1 - auc) + spread) / (events * others)))


def log_loss(probabilities: Probabilities, labels: Labels) -> float:
    """Mean negative log-probability of the class that came true, all three classes."""
    chosen = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, _SMALLEST)).mean())


def measure(probabilities: Probabilities, labels: Labels) -> dict[str, float]:
    """Every metric, by name: ``<target>_roc_auc``, ``_pr_auc``, ``_brier``, ``_ece``, and ``log_loss``."""
    found = {"log_loss": log_loss(probabilities, labels)}
    for target, (outcomes, risks) in split_targets(probabilities, labels).items():
        found[f"{target}_roc_auc"] = float(roc_auc_score(outcomes, risks))
        found[f"{target}_pr_auc"] = float(average_precision_score(outcomes, risks))
        found[f"{target}_brier"] = float(np.mean((risks - outcomes) ** 2))
        found[f"{target}_ece"] = expected_calibration_error(outcomes, risks)
    return found
