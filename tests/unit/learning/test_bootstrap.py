"""Resampling by patient: the metrics are those of scikit-learn, and patients stay whole."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from readmission.learning.measures.bootstrap import (
    draw_patients,
    interval,
    weighted_aucs,
    weighted_eces,
    weighted_means,
    weighted_pr_aucs,
)
from readmission.learning.measures.metrics import calibration_line, expected_calibration_error, slope_standard_error

RANDOM = np.random.default_rng(5)
RISKS = np.round(RANDOM.random(2500), 2)  # with many ties
OUTCOMES = RANDOM.random(2500) < RISKS
PATIENTS = RANDOM.integers(900, size=2500).tolist()


def test_weighted_metrics_are_the_plain_ones() -> None:
    weights = draw_patients(PATIENTS, seed=1, replicates=5)
    found = weighted_aucs(OUTCOMES, RISKS, weights)
    expected = [roc_auc_score(OUTCOMES, RISKS, sample_weight=row) for row in weights]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    found = weighted_pr_aucs(OUTCOMES, RISKS, weights)
    expected = [average_precision_score(OUTCOMES, RISKS, sample_weight=row) for row in weights]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(weighted_means(RISKS, weights), [np.average(RISKS, weights=row) for row in weights])
    once = np.ones((1, 2500), dtype=np.float32)
    assert weighted_eces(OUTCOMES, RISKS, once)[0] == pytest.approx(expected_calibration_error(OUTCOMES, RISKS))


def test_a_patient_is_drawn_whole() -> None:
    weights = draw_patients(PATIENTS, seed=1, replicates=20)
    for patient in PATIENTS[:50]:
        rows = np.flatnonzero(np.array(PATIENTS) == patient)
        assert (weights[:, rows] == weights[:, rows[:1]]).all()
    assert len(np.unique(weights)) > 2


def test_stays_that_are_alike_widen_the_interval() -> None:
    """Every patient ten times over: by row it would look as if there were ten times as much to go by."""
    risks, outcomes = np.tile(RISKS[:300], 10), np.tile(OUTCOMES[:300], 10)
    by_patient = interval(weighted_aucs(outcomes, risks, draw_patients(list(range(300)) * 10, 1)))
    by_row = interval(weighted_aucs(outcomes, risks, draw_patients(list(range(3000)), 1)))
    assert by_patient[1] - by_patient[0] > 2 * (by_row[1] - by_row[0])


def test_the_calibration_line_is_found() -> None:
    logits = RANDOM.normal(-1.5, 0.8, 40_000)
    outcomes = RANDOM.random(40_000) < 1 / (1 + np.exp(-logits))
    bold = 1 / (1 + np.exp(-2 * logits))
    slope, _ = calibration_line(outcomes, bold)
    assert slope == pytest.approx(0.5, abs=0.04)
    honest = 1 / (1 + np.exp(-logits))
    slope, intercept = calibration_line(outcomes, honest)
    assert slope == pytest.approx(1, abs=4 * slope_standard_error(honest))
    assert intercept == pytest.approx(0, abs=0.06)
