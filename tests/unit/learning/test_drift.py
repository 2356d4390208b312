"""Drift: silent on the same kind of encounters, loud on a planted shift, whatever the column."""

import json

import numpy as np
import pytest
from scipy import stats

from readmission.errors import ArtifactError
from readmission.learning.drift import columns as drift
from readmission.learning.drift.columns import ColumnDrift, find_drift
from readmission.learning.training_profile import TrainingProfile, describe_columns, write_profile
from tests.made_up_model import make_encounters

QUANTILES = {"risk_30d": list(np.linspace(0, 1, 101)), "risk_any": list(np.linspace(0, 1, 101))}


@pytest.fixture(scope="module")
def profile() -> TrainingProfile:
    columns = describe_columns(make_encounters(4000, seed=1).encounters)
    return TrainingProfile.read(json.loads(json.dumps(write_profile(columns, QUANTILES))))


def drifted(found: list[ColumnDrift]) -> set[str]:
    return {each.column for each in found if each.drifted}


def test_encounters_of_the_same_kind_are_silent(profile: TrainingProfile) -> None:
    found = [find_drift(profile, make_encounters(1000, seed=seed).encounters) for seed in range(2, 12)]
    assert [drifted(each) for each in found] == [set()] * 10


@pytest.mark.parametrize(
    ("column", "value"),
    [("insulin", "Up"), ("num_medications", 11), ("payer_code", None), ("diag_1", "250.13"), ("A1Cresult", ">8")],
)
def test_a_shift_in_one_column_is_found_in_that_column_alone(
    profile: TrainingProfile, column: str, value: object
) -> None:
    encounters = [dict(encounter) for encounter in make_encounters(1000, seed=2).encounters]
    for encounter in encounters[:400]:
        encounter[column] = value
    assert drifted(find_drift(profile, encounters)) == {column}


def test_missing_shares_and_new_values_are_counted(profile: TrainingProfile) -> None:
    encounters = [dict(encounter) for encounter in make_encounters(1000, seed=2).encounters]
    for encounter in encounters:
        encounter["payer_code"] = "XX"
        encounter["race"] = None
    found = {each.column: each for each in find_drift(profile, encounters)}
    assert found["payer_code"].new_values == 1
    assert found["payer_code"].drifted
    assert found["race"].missing_found == 1.0
    assert found["race"].missing_expected < 0.5


def test_risks_that_move_are_found_and_those_that_do_not_are_not(profile: TrainingProfile) -> None:
    encounters = make_encounters(1000, seed=2).encounters
    random = np.random.default_rng(5)
    same = {"risk_30d": random.random(1000), "risk_any": random.random(1000)}
    moved = {**same, "risk_30d": same["risk_30d"] ** 2}
    assert drifted(find_drift(profile, encounters, same)) == set()
    assert drifted(find_drift(profile, encounters, moved)) == {"risk_30d"}


def test_the_tests_agree_with_scipy() -> None:
    random = np.random.default_rng(3)
    p, q = random.multinomial(500, [0.2, 0.3, 0.5]), random.multinomial(400, [0.25, 0.25, 0.5])
    expected = stats.chi2_contingency(np.array([p, q]), correction=False)
    assert drift.chi_square(p.astype(float), q.astype(float)) == pytest.approx((expected.statistic, expected.pvalue))
    left, right = random.integers(0, 30, 500), random.integers(0, 28, 400)
    rows = [np.bincount(values, minlength=30).astype(float) for values in (left, right)]
    statistic, p_value = drift.kolmogorov_smirnov(*rows)
    theirs = stats.ks_2samp(left, right, method="asymp")
    assert statistic == pytest.approx(theirs.statistic)
    assert p_value == pytest.approx(theirs.pvalue, rel=0.02)


def test_psi_is_nought_for_equal_and_known_for_unequal_shares() -> None:
    many = np.array([5e5, 5e5])
    assert drift.population_stability_index(many, many) == pytest.approx(0)
    found = drift.population_stability_index(many, np.array([6e5, 4e5]))
    assert found == pytest.approx(0.1 * np.log(0.6 / 0.5) - 0.1 * np.log(0.4 / 0.5), rel=1e-4)


def test_a_damaged_profile_is_refused() -> None:
    with pytest.raises(ArtifactError, match="training_profile"):
        TrainingProfile.read({"format": 1, "columns": {"age": {}}})
