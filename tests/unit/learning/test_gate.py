"""The gate refuses what cannot be trusted, keeps the champion on a tie, and shows its numbers."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from readmission.features.encoder import Encoder
from readmission.features.encounter_table import EncounterTable
from readmission.learning.calibration import Calibration
from readmission.learning.cross_validation import LabelledEncounters
from readmission.learning.decision_threshold import choose_threshold
from readmission.learning.gate import Contestant, judge
from readmission.learning.lightgbm_trees import softmax
from tests.made_up_model import make_encounters

ROWS = 8000
RANDOM = np.random.default_rng(4)
LATENT = RANDOM.normal(0, 1, ROWS)
NOISE = RANDOM.normal(0, 1, ROWS)
BASE, SLOPES = np.array([0.45, 0.3, -1.1]), np.array([-0.45, 0.0, 0.45])
SCORES = BASE + SLOPES * LATENT[:, None]
LABELS = (softmax(SCORES).cumsum(axis=1) < RANDOM.random(ROWS)[:, None]).sum(axis=1)

GROUPS = [
    {"race": "Asian" if row % 4 == 0 else "Caucasian", "gender": "Female", "age": "[70-80)"} for row in range(ROWS)
]
VALIDATION = LabelledEncounters(EncounterTable.of(GROUPS), LABELS, np.arange(ROWS) // 2)

Make = Callable[..., Contestant]


@pytest.fixture(scope="module")
def make() -> Make:
    """Makes a contestant: how well it knows the truth, and how."""
    encoder, _ = make_encounters(300).encode(seed=1, dropped=())

    def make_one(version: str = "2", knowledge: float = 1.0, kind: str = "uci", **fields: object) -> Contestant:
        seen = knowledge * LATENT + (1 - knowledge) * NOISE
        seen = (
            seen * max(knowledge, 0.01) / (knowledge**2 + (1 - knowledge) ** 2)
        )  # calibrated, however little it knows
        scores = BASE + SLOPES * seen[:, None]
        one = Contestant(version, f"hash-{version}", kind, softmax(scores), encoder, choose_threshold())
        return replace(one, **fields)  # type: ignore[arg-type]

    return make_one


def test_a_first_champion_that_meets_every_floor_is_promoted(make: Make) -> None:
    result = judge(make(), None, VALIDATION)
    assert result.decision == "promoted"
    assert all(check.passed for check in result.checks)
    assert json.loads(json.dumps(result.evidence))["challenger"]["risk_30d_roc_auc"] > 0.6


def test_a_useless_first_champion_is_refused(make: Make) -> None:
    result = judge(make(knowledge=0.0), None, VALIDATION)
    assert result.decision == "refused"
    assert "risk_30d_roc_auc_floor" in result.reason


@pytest.mark.parametrize("threshold", [0.99, 0.0, 0.14, float("nan")])
def test_a_threshold_that_training_does_not_declare_is_refused(make: Make, threshold: float) -> None:
    """Row 3's attack: right risks, and a threshold by which nobody is flagged."""
    result = judge(make("2", threshold=threshold), make("1", knowledge=0.7), VALIDATION)
    assert result.decision == "refused"
    assert "threshold is" in result.reason
    assert "0.166667, where a missed return costs as much as 5 needless follow-ups" in result.reason


def test_a_better_challenger_is_promoted(make: Make) -> None:
    result = judge(make("2"), make("1", knowledge=0.7), VALIDATION)
    assert result.decision == "promoted"
    assert "better than the champion" in result.reason


def test_a_worse_challenger_is_refused(make: Make) -> None:
    result = judge(make("2", knowledge=0.75), make("1"), VALIDATION)
    assert result.decision == "refused"
    assert "worse than the champion: risk_30d_roc_auc_gain is -0.0" in result.reason


def test_ties_keep_the_champion(make: Make) -> None:
    same_model = judge(make("2", model_hash="same"), make("1", model_hash="same"), VALIDATION)
    as_good = judge(make("2"), make("1"), VALIDATION)
    assert (same_model.decision, as_good.decision) == ("kept", "kept")
    assert same_model.reason.startswith("tie")
    assert as_good.reason.startswith("tie: the best gain in ROC AUC is +0.0000")


@pytest.mark.parametrize("bias", [[0.0, 0.0, 1.0], [-0.8, 0.0, 0.0]])
def test_a_miscalibrated_challenger_is_refused(make: Make, bias: list[float]) -> None:
    honest = make("2")
    shifted = Calibration(np.eye(3), np.array(bias)).apply(honest.probabilities)
    for champion in (None, make("1", knowledge=0.7)):
        result = judge(replace(honest, probabilities=shifted), champion, VALIDATION)
        assert result.decision == "refused"
        assert "_ece is 0." in result.reason


def test_a_challenger_that_knows_the_answer_is_refused(make: Make) -> None:
    leaking = softmax(SCORES + 1.5 * np.eye(3)[LABELS])
    result = judge(make("2", probabilities=leaking), make("1"), VALIDATION)
    assert result.decision == "refused"
    assert "the label leaks" in result.reason


def test_a_challenger_that_reads_an_identifier_is_refused(make: Make) -> None:
    state = make().encoder.state
    rates = {**state.rates, "patient_nbr": {"1": (0.1, 0.5)}}
    result = judge(make("2", encoder=Encoder(replace(state, rates=rates))), None, VALIDATION)
    assert result.decision == "refused"
    assert "inputs is patient_nbr" in result.reason


def test_a_challenger_far_better_in_training_than_on_other_patients_is_refused(make: Make) -> None:
    result = judge(make("2", cross_validated={"risk_30d_roc_auc": 0.80, "risk_any_roc_auc": 0.6}), None, VALIDATION)
    assert result.decision == "refused"
    assert "risk_30d_optimism" in result.reason


def test_synthetic_data_has_no_say_against_real_data(make: Make) -> None:
    real_wins = judge(make("2", knowledge=0.8), make("1", kind="synthetic"), VALIDATION)
    synthetic_loses = judge(make("2", kind="synthetic"), make("1", knowledge=0.7), VALIDATION)
    among_synthetic = judge(make("2", kind="synthetic"), make("1", knowledge=0.7, kind="synthetic"), VALIDATION)
    assert real_wins.decision == "promoted"
    assert "synthetic" in real_wins.reason
    assert synthetic_loses.decision == "refused"
    assert "dataset_kind" in synthetic_loses.reason
    assert among_synthetic.decision == "promoted"


def test_a_challenger_worse_for_one_group_is_refused(make: Make) -> None:
    """Better on the whole, and yet no good for a quarter of the patients."""
    better = make("2", knowledge=1.0).probabilities.copy()
    asian = np.arange(ROWS) % 4 == 0
    better[asian] = softmax(BASE + 0.01 * NOISE[asian, None] * SLOPES)  # calibrated, and knows nothing of them
    result = judge(make("2", probabilities=better), make("1", knowledge=0.62), VALIDATION)
    failed = {check.name for check in result.checks if not check.passed}
    assert result.decision == "refused"
    assert "risk_30d_roc_auc_gain in race: Asian" in failed
    assert not any("race: Caucasian" in name for name in failed)


@pytest.mark.parametrize("factor", [0.7, 1.4])
def test_risks_that_are_too_bold_or_too_timid_are_refused(make: Make, factor: float) -> None:
    scores = BASE + factor * SLOPES * LATENT[:, None]
    result = judge(make("2", probabilities=softmax(scores)), None, VALIDATION)
    assert result.decision == "refused"
    assert "_calibration_slope" in result.reason


def test_a_slow_challenger_or_an_empty_card_is_refused(make: Make) -> None:
    champion = make("1", knowledge=0.7, row_seconds=0.0008)
    slow = judge(make("2", row_seconds=0.002), champion, VALIDATION)
    fast_enough = judge(make("2", row_seconds=0.0009), champion, VALIDATION)
    without_card = judge(make("2", empty_card_items=("intended_use",)), None, VALIDATION)
    assert (slow.decision, fast_enough.decision, without_card.decision) == ("refused", "promoted", "refused")
    assert "latency_ratio" in slow.reason
    assert "model_card is intended_use" in without_card.reason


def test_the_paired_interval_is_recorded(make: Make) -> None:
    result = judge(make("2"), make("1", knowledge=0.7), VALIDATION)
    checks = {check.name: check for check in result.checks}
    assert "95 % interval" in checks["risk_30d_roc_auc_gain_low"].bound
    assert float(checks["risk_30d_roc_auc_gain_low"].value) < float(checks["risk_30d_roc_auc_gain"].value)


def test_the_slope_must_lie_between_nine_and_eleven_tenths_where_patients_suffice(make: Make) -> None:
    checks = {check.name: check for check in judge(make("2"), None, VALIDATION).checks}
    assert checks["risk_any_calibration_slope"].bound == "0.900 to 1.100"
    some = LabelledEncounters(EncounterTable.of(GROUPS[:600]), LABELS[:600], VALIDATION.patients[:600])
    few = replace(make("2"), probabilities=make("2").probabilities[:600])
    checks = {check.name: check for check in judge(few, None, some).checks}
    assert "too few patients for .9 to 1.1: standard error" in checks["risk_any_calibration_slope"].bound
    assert "too few patients for 0.02" in checks["risk_any_ece"].bound


def test_a_group_whose_risks_are_shifted_is_named(make: Make) -> None:
    shifted = make("2").probabilities.copy()
    asian = np.arange(ROWS) % 4 == 0
    shifted[asian] = Calibration(np.eye(3), np.array([0.0, 0.0, 0.6])).apply(shifted[asian])
    others = ~asian
    shifted[others] = Calibration(np.eye(3), np.array([0.0, 0.0, -0.08])).apply(shifted[others])
    result = judge(make("2", probabilities=shifted), make("1", knowledge=0.7), VALIDATION)
    assert result.decision == "refused"
    assert "risk_30d_calibration_gap_growth in race: Asian" in result.reason


@pytest.mark.parametrize(
    "damage", [lambda p: p * 0.9, lambda p: np.where(p > p.max() - 0.01, np.nan, p), lambda p: p - 0.2]
)
def test_what_is_no_probability_is_refused(make: Make, damage: Callable[[np.ndarray], np.ndarray]) -> None:
    result = judge(make("2", probabilities=damage(make("2").probabilities)), None, VALIDATION)
    assert result.decision == "refused"
    assert result.reason.startswith("refused: outputs")


def test_where_both_came_from_is_recorded(make: Make) -> None:
    result = judge(make("2", origin={"training_data_sha256": "a"}), make("1", origin={"seed": "3"}), VALIDATION)
    assert result.evidence["origins"] == {"challenger": {"training_data_sha256": "a"}, "champion": {"seed": "3"}}
