"""Every candidate: found by its file, the same twice, and the same as its ONNX graph."""

import numpy as np
import pytest

from readmission.learning.build_model import build_model
from readmission.learning.candidates import find_candidate, list_candidates
from readmission.learning.cross_validation import FOLDS, cross_validate
from readmission.learning.lightgbm_trees import softmax
from tests.made_up_model import make_encounters

EXPECTED = ["bagged-undersampling", "extra-trees", "lightgbm", "logistic-regression"]


def test_candidates_are_the_files_of_the_folder() -> None:
    assert list_candidates() == EXPECTED
    for name in EXPECTED:
        assert find_candidate(name).name == name
        assert find_candidate(name).parameters()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_candidate_is_the_same_twice_and_as_its_graph(name: str) -> None:
    data = make_encounters(1200)
    candidate = find_candidate(name)
    first = cross_validate(data, candidate, seed=3)
    assert len(first.folds) == FOLDS
    np.testing.assert_allclose(first.out_of_fold.sum(axis=1), 1, atol=1e-6)
    models = [build_model(data, candidate, first.out_of_fold, 3, first.rounds) for _ in range(2)]
    assert models[0].onnx == models[1].onnx
    assert first.mean_metrics["risk_30d_roc_auc"] > 0.55
    assert models[0].base_risk["risk_any"] == pytest.approx((data.labels >= 1).mean(), abs=1e-3)
    for values in models[0].risk_quantiles.values():
        assert len(values) == 101
        assert values == sorted(values)


def test_no_patient_is_on_both_sides_of_a_fold() -> None:
    from readmission.features.patient_folds import assign_folds

    data = make_encounters(1500)
    folds = assign_folds(data.patients, FOLDS, 3)
    for fold in range(FOLDS):
        held_out = {p for p, f in zip(data.patients, folds, strict=True) if f == fold}
        others = {p for p, f in zip(data.patients, folds, strict=True) if f != fold}
        assert held_out
        assert not held_out & others


def test_calibration_mends_shifted_probabilities() -> None:
    from readmission.learning.calibration import fit_calibration
    from readmission.learning.measures.metrics import measure

    random = np.random.default_rng(2)
    scores = np.array([0.4, 0.2, -1.2]) + random.normal(0, 0.6, (20_000, 3))
    labels = (softmax(scores).cumsum(axis=1) < random.random(20_000)[:, None]).sum(axis=1)
    spoilt = softmax(1.5 * scores + np.array([0.0, 0.3, 2.0]))
    mended = fit_calibration(spoilt, labels).apply(spoilt)
    before, after = measure(spoilt, labels), measure(mended, labels)
    assert before["risk_30d_ece"] > 0.1
    assert after["risk_30d_ece"] < 0.015
    assert after["risk_any_ece"] < 0.015
    assert after["risk_30d_roc_auc"] >= before["risk_30d_roc_auc"] - 0.005
