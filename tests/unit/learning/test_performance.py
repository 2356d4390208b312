"""Estimated performance against the truth it stands for, and realised performance against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from readmission.learning.drift.estimate_performance import estimate_performance
from readmission.learning.drift.measure_performance import measure_performance
from readmission.learning.measures.metrics import expected_calibration_error
from readmission.learning.measures.weighted_metrics import SortedRisks


def make(rows: int, seed: int, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated risks and outcomes drawn from them."""
    random = np.random.default_rng(seed)
    risks = 1 / (1 + np.exp(2 - spread * random.normal(size=rows)))
    return risks, random.random(rows) < risks


def test_with_known_outcomes_the_expected_metrics_are_the_metrics() -> None:
    risks, outcomes = make(3000, 1)
    risks = risks.round(2)  # ties
    weights = np.random.default_rng(2).integers(0, 4, len(risks)).astype(float)
    ready = SortedRisks(risks, outcomes.astype(float))
    found = ready.discrimination(weights[ready.order])
    scores = {"roc_auc": roc_auc_score, "pr_auc": average_precision_score, "brier": brier_score_loss}
    theirs = {name: score(outcomes, risks, sample_weight=weights) for name, score in scores.items()}
    assert found == pytest.approx(theirs)


def test_calibration_agrees_with_the_gate_and_with_scikit_learn() -> None:
    risks, outcomes = make(3000, 1)
    found = SortedRisks(risks, outcomes.astype(float)).calibration(np.ones(3000))
    assert found["ece"] == pytest.approx(expected_calibration_error(outcomes, risks), abs=1e-3)
    log_odds = np.log(risks / (1 - risks))[:, None]
    theirs = LogisticRegression(C=1e8, tol=1e-10, max_iter=1000).fit(log_odds, outcomes).coef_[0, 0]
    assert found["calibration_slope"] == pytest.approx(theirs, abs=1e-3)


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0])
def test_calibrated_risks_estimate_the_realised_performance(spread: float) -> None:
    risks, outcomes = make(40_000, 2, spread)
    estimates = estimate_performance(risks, seed=1)
    assert estimates["roc_auc"].value == pytest.approx(roc_auc_score(outcomes, risks), abs=0.01)
    assert estimates["brier"].value == pytest.approx(brier_score_loss(outcomes, risks), abs=0.002)
    assert estimates["pr_auc"].value == pytest.approx(average_precision_score(outcomes, risks), abs=0.015)


def test_the_interval_holds_the_realised_value_about_19_times_in_20() -> None:
    held = 0
    for seed in range(40):
        risks, outcomes = make(1500, seed)
        estimate = estimate_performance(risks, seed=1)["roc_auc"]
        held += estimate.low <= roc_auc_score(outcomes, risks) <= estimate.high
    assert held >= 34


def test_risks_that_are_not_calibrated_mislead_the_estimate() -> None:
    risks, outcomes = make(20_000, 3)
    too_sure = risks**2
    gap = estimate_performance(too_sure, seed=1)["brier"].value - brier_score_loss(outcomes, too_sure)
    assert abs(gap) > 0.01  # what is reported as the estimate's error once labels are in


def test_realised_metrics_have_intervals_around_them() -> None:
    risks, outcomes = make(4000, 4)
    found = measure_performance(outcomes, risks, list(range(4000)), seed=1, draws=50)
    assert set(found) == {"roc_auc", "pr_auc", "brier", "ece", "calibration_slope"}
    assert found["roc_auc"].value == pytest.approx(roc_auc_score(outcomes, risks))
    for name in ("roc_auc", "pr_auc", "brier", "calibration_slope"):
        assert found[name].low < found[name].value < found[name].high
    assert found["calibration_slope"].value == pytest.approx(1, abs=0.15)


def test_rows_of_one_patient_widen_the_interval() -> None:
    risks, outcomes = make(600, 5)
    risks, outcomes = np.repeat(risks, 5), np.repeat(outcomes, 5)
    alone = measure_performance(outcomes, risks, list(range(3000)), seed=1, draws=80)["roc_auc"]
    patients = measure_performance(outcomes, risks, np.repeat(np.arange(600), 5).tolist(), seed=1, draws=80)["roc_auc"]
    assert patients.high - patients.low > 1.5 * (alone.high - alone.low)


def test_too_few_events_give_no_metric() -> None:
    assert measure_performance(np.zeros(100, dtype=bool), np.full(100, 0.1), list(range(100)), seed=1) == {}


def test_the_slope_of_too_extreme_risks_is_below_one() -> None:
    risks, outcomes = make(20_000, 6)
    log_odds = np.log(risks / (1 - risks))
    extreme = SortedRisks(1 / (1 + np.exp(-2 * log_odds)), outcomes.astype(float))
    assert extreme.calibration(np.ones(20_000))["calibration_slope"] == pytest.approx(0.5, abs=0.05)
