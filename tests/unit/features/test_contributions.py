"""Contributions are exact in the model's own scores, and risk points add up."""

from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pytest

from readmission.errors import ArtifactError, ConflictError
from readmission.features.feature_groups import GROUP_TITLES, columns_of_group
from readmission.learning.candidates import find_candidate
from readmission.model.lightgbm_text import read_lightgbm_text
from readmission.model.linear_contributions import LinearScores, read_linear_scores
from readmission.model.reasons import group_contributions, open_reasons
from readmission.model.risk_contributions import ScoreCalibration, share_out_risk
from readmission.model.session import open_model
from readmission.model.tree_contributions import GrownTree, TreeEnsemble
from readmission.services.inference_service.explain import GROUP_TITLES_ES
from tests.made_up_model import make_encounters, make_model_folder

TREE = GrownTree(
    features=np.array([0, 1, 0]),
    thresholds=np.array([0.5, 2.0, 1.5]),
    left=np.array([1, ~0, ~2]),
    right=np.array([2, ~1, ~3]),
    inner_rows=np.array([100.0, 40.0, 60.0]),
    leaf_rows=np.array([10.0, 30.0, 45.0, 15.0]),
    leaf_values=np.array([1.0, -2.0, 0.5, 4.0]),
    target=0,
)


def _value_of(known: set[int], row: np.ndarray, node: int = 0) -> float:
    """The tree's answer where only some features are known: by definition, straight down the tree."""
    if node < 0:
        return float(TREE.leaf_values[~node])
    children = (int(TREE.left[node]), int(TREE.right[node]))
    if int(TREE.features[node]) in known:
        return _value_of(known, row, children[int(row[TREE.features[node]] > TREE.thresholds[node])])
    rows = [TREE.leaf_rows[~child] if child < 0 else TREE.inner_rows[child] for child in children]
    return float(sum(_value_of(known, row, child) * n / sum(rows) for child, n in zip(children, rows, strict=True)))


@pytest.mark.parametrize("row", [[0.0, 1.0], [0.0, 3.0], [1.0, 1.0], [2.0, 9.0]])
def test_contributions_are_shapley_values_by_their_definition(row: list[float]) -> None:
    values = np.array(row, dtype=np.float32)
    found = TreeEnsemble([TREE], 1, 2).explain(values)
    for feature in range(2):
        others = {0, 1} - {feature}
        expected = 0.0
        for size in range(len(others) + 1):
            weight = factorial(size) * factorial(1 - size) / factorial(2)
            for known in combinations(others, size):
                gain = _value_of({*known, feature}, values) - _value_of(set(known), values)
                expected += weight * gain
        assert found.by_feature[feature, 0] == pytest.approx(expected, abs=1e-12)
    assert found.score[0] == pytest.approx(_value_of({0, 1}, values))
    assert found.average_score[0] == pytest.approx(_value_of(set(), values))


def test_contributions_are_those_of_lightgbm() -> None:
    _, rows = make_encounters(2000).encode(1, ())
    model = find_candidate("lightgbm").fit(rows, 1, 40)
    text = model.reason_files()["booster.txt"].decode()
    ensemble = TreeEnsemble(read_lightgbm_text(text), 3, rows.features.shape[1])
    some = rows.features[:50]
    theirs = model.booster.predict(some, pred_contrib=True, num_threads=1).reshape(50, 3, -1)  # type: ignore[attr-defined]
    scores = model.booster.predict(some, raw_score=True, num_threads=1)  # type: ignore[attr-defined]
    for row, expected, score in zip(some, theirs, scores, strict=True):
        found = ensemble.explain(row)
        np.testing.assert_allclose(found.by_feature.T, expected[:, :-1], atol=1e-9)
        np.testing.assert_allclose(found.by_feature.sum(axis=0) + found.average_score, score, atol=1e-9)
        np.testing.assert_allclose(found.score, score, atol=1e-9)


def test_text_that_is_no_booster_is_refused() -> None:
    with pytest.raises(ArtifactError, match="cannot be read"):
        read_lightgbm_text("tree\nTree=0\nnum_leaves=2\n")
    with pytest.raises(ArtifactError, match="cannot be read"):
        read_linear_scores("{}")


def test_linear_contributions_add_up() -> None:
    random = np.random.default_rng(1)
    scores = LinearScores(np.zeros(4), np.ones(4), 2.0, random.normal(size=(4, 3)), np.ones(3), np.full(4, 0.25))
    row = np.array([1.0, -3.0, 0.25, 0.0], dtype=np.float32)
    found = read_linear_scores(scores.to_json()).explain(row)
    np.testing.assert_allclose(found.score, np.clip(row, -2, 2) @ scores.weights + 1, atol=1e-9)
    np.testing.assert_allclose(found.by_feature.sum(axis=0) + found.average_score, found.score)
    assert found.by_feature[2].tolist() == [0, 0, 0]  # as the average has it


def test_risk_points_add_up_and_follow_the_scores() -> None:
    random = np.random.default_rng(3)
    calibration = ScoreCalibration(np.eye(3) * 0.9 + 0.05, np.array([0.1, 0.0, -0.2]))
    by_feature = random.normal(size=(6, 3))
    by_feature[5] = 0
    average = np.array([0.4, 0.2, -1.2])
    found = share_out_risk(by_feature, average, average + by_feature.sum(axis=0), calibration)
    for name, part in found.items():
        assert part.by_feature.sum() == pytest.approx(part.risk - part.base_risk, abs=1e-12), name
        assert part.by_feature[5] == 0
    ends = calibration.probabilities(np.stack((average, average + by_feature.sum(axis=0))))
    assert found["risk_30d"].base_risk == pytest.approx(ends[0, 2])
    assert found["risk_any"].risk == pytest.approx(ends[1, 1] + ends[1, 2])


@pytest.mark.parametrize("candidate", ["lightgbm", "logistic-regression"])
def test_a_stored_model_explains_the_risk_it_serves(candidate: str, tmp_path: Path) -> None:
    _, sha256 = make_model_folder(tmp_path, candidate, rows=1500)
    model = open_model(tmp_path, sha256)
    reasons = open_reasons(tmp_path, model)
    data = make_encounters(40, seed=9)
    served = model.score(data.encounters)
    for row, encounter in enumerate(data.encounters):
        for name, part in reasons.explain(model, encounter).items():
            expected = served[row, 2] if name == "risk_30d" else served[row, 1] + served[row, 2]
            assert part.risk == pytest.approx(float(expected), abs=2e-7)
            groups = group_contributions(model.encoder, part.by_feature)
            assert set(groups) <= set(GROUP_TITLES)
            assert sum(groups.values()) == pytest.approx(part.risk - part.base_risk, abs=1e-9)
    # Outcome depends on prior stays alone (tests/made_up_model.py): that is the reason named first.
    often = {**data.encounters[0], "number_inpatient": 11}
    groups = group_contributions(model.encoder, reasons.explain(model, often)["risk_any"].by_feature)
    assert max(groups, key=lambda group: groups[group]) == "prior_use"
    (tmp_path / "calibration.json").write_text('{"weights": [], "bias": []}')
    with pytest.raises(ArtifactError, match=r"calibration.json: its SHA-256"):
        open_reasons(tmp_path, model)


def test_reasons_of_other_files_are_refused(tmp_path: Path) -> None:
    """A booster that is not the served one must not explain it."""
    _, sha256 = make_model_folder(tmp_path / "a", rows=1500)
    make_model_folder(tmp_path / "b", rows=1500, seed=5)
    model = open_model(tmp_path / "a", sha256)
    other = open_model(tmp_path / "b")
    reasons = open_reasons(tmp_path / "b", other)
    with pytest.raises(ArtifactError, match="the version serves"):
        reasons.explain(model, {**make_encounters(9, seed=2).encounters[0], "number_inpatient": 9})


def test_a_candidate_without_exact_reasons_says_so(tmp_path: Path) -> None:
    _, sha256 = make_model_folder(tmp_path, "bagged-undersampling", rows=900)
    with pytest.raises(ConflictError, match="bagged-undersampling has no exact reasons"):
        open_reasons(tmp_path, open_model(tmp_path, sha256))


def test_every_group_has_two_names_and_its_columns() -> None:
    assert GROUP_TITLES.keys() == GROUP_TITLES_ES.keys()
    assert all(columns_of_group(group) for group in GROUP_TITLES)
