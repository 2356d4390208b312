"""The gate on real patients: what is wrong with a challenger is found, and named."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from readmission.features.encounter_table import EncounterTable
from readmission.learning.build_model import build_model
from readmission.learning.candidate import Probabilities, TrainingRows
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import LabelledEncounters, cross_validate
from readmission.learning.decision_threshold import choose_threshold
from readmission.learning.gate import Contestant, GateResult, judge
from readmission.learning.lightgbm_trees import softmax
from tests.real_model import DROPPED, SEED, RealModel, Splits

pytestmark = pytest.mark.timeout(900)  # the first test trains on the real data set


@pytest.fixture(scope="module")
def champion(real_model: RealModel, real_splits: Splits) -> Contestant:
    return Contestant(
        version="1",
        model_hash=real_model.stored.manifest.model_hash,
        dataset_kind="uci",
        probabilities=real_model.stored.score(real_splits["validation"].encounters).astype(np.float64),
        encoder=real_model.stored.encoder,
        threshold=real_model.stored.manifest.threshold,
        cross_validated=real_model.cross_validated,
    )


def failed(result: GateResult) -> set[str]:
    """Names of the checks that did not pass."""
    return {check.name for check in result.checks if not check.passed}


def test_the_real_model_becomes_the_first_champion(champion: Contestant, real_splits: Splits) -> None:
    result = judge(champion, None, real_splits["validation"])
    checks = {check.name: check for check in result.checks}
    assert (result.decision, failed(result)) == ("promoted", set())
    for target in ("risk_30d", "risk_any"):  # the real data suffices: the bounds are not widened
        assert checks[f"{target}_calibration_slope"].bound == "0.900 to 1.100"
        assert checks[f"{target}_ece"].bound == "at most 0.02"
    again = judge(replace(champion, version="2", model_hash="another"), champion, real_splits["validation"])
    assert again.decision == "kept"
    assert again.reason.startswith("tie")


def swap_classes(probabilities: Probabilities, _: LabelledEncounters) -> Probabilities:
    return probabilities[:, [0, 2, 1]]


def swap_outcomes(probabilities: Probabilities, _: LabelledEncounters) -> Probabilities:
    return probabilities[:, ::-1]


def make_bold(probabilities: Probabilities, _: LabelledEncounters) -> Probabilities:
    """Risks 15 % too extreme: slope .87."""
    scores = np.log(probabilities)
    return softmax(1.15 * (scores - scores.mean(axis=0)) + scores.mean(axis=0))


def forget_the_young(probabilities: Probabilities, validation: LabelledEncounters) -> Probabilities:
    """Everyone from 40 to 49 gets the mean of their age: still calibrated, and nobody told apart."""
    rows = np.flatnonzero([row["age"] == "[40-50)" for row in validation.encounters])
    found = probabilities.copy()
    found[rows] = probabilities[rows].mean(axis=0)
    return found


def peep(probabilities: Probabilities, validation: LabelledEncounters) -> Probabilities:
    """A column that knows the outcome now and then."""
    return softmax(np.log(probabilities) + 1.5 * np.eye(3)[validation.labels])


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (swap_classes, "risk_30d_ece"),
        (swap_outcomes, "risk_any_roc_auc_floor"),
        (make_bold, "risk_30d_calibration_slope"),
        (forget_the_young, "risk_any_roc_auc_gain in age: 40-50"),
        (peep, "risk_30d_roc_auc_ceiling"),
    ],
)
def test_a_damaged_challenger_is_refused(
    champion: Contestant,
    real_splits: Splits,
    damage: Callable[[Probabilities, LabelledEncounters], Probabilities],
    found: str,
) -> None:
    validation = real_splits["validation"]
    damaged = damage(champion.probabilities, validation)
    result = judge(replace(champion, version="2", model_hash="2", probabilities=damaged), champion, validation)
    assert result.decision == "refused"
    assert found in failed(result)


class Quick:
    """Sixty rounds of the recipe: enough to see a leak."""

    name = "quick"
    title = "quick"

    def parameters(self) -> dict[str, object]:
        return {}

    def fit(self, rows: TrainingRows, seed: int, rounds: int | None = None) -> object:
        return find_candidate("lightgbm").fit(rows, seed, 60)


def with_column(data: LabelledEncounters, values: list[int]) -> LabelledEncounters:
    rows = [{**row, "num_procedures": value} for row, value in zip(data.encounters, values, strict=True)]
    return LabelledEncounters(EncounterTable.of(rows), data.labels, data.patients)


@pytest.mark.parametrize(
    ("leaks_into", "found"),
    [(("train", "validation"), "risk_30d_roc_auc_ceiling"), (("train",), "risk_30d_optimism")],
    ids=["a column that is the outcome", "a column that is the outcome in train alone"],
)
def test_a_leaked_column_is_found(real_splits: Splits, leaks_into: tuple[str, ...], found: str) -> None:
    splits = {name: real_splits[name].take(np.arange(12_000)) for name in ("train", "validation")}
    for name in leaks_into:
        splits[name] = with_column(splits[name], splits[name].labels.tolist())
    way = Quick()
    folds = cross_validate(splits["train"], way, SEED, DROPPED)  # type: ignore[arg-type]
    built = build_model(splits["train"], way, folds.out_of_fold, SEED, 60, DROPPED)  # type: ignore[arg-type]
    answers = built.predict(splits["validation"])
    challenger = Contestant("2", "2", "uci", answers, built.encoder, choose_threshold(), folds.mean_metrics)
    result = judge(challenger, None, splits["validation"])
    assert result.decision == "refused"
    assert found in failed(result)


def test_the_same_real_rows_and_seed_give_the_same_model(real_splits: Splits) -> None:
    some = real_splits["train"].take(np.arange(12_000))
    way = Quick()
    made = []
    for seed in (SEED, SEED, SEED + 1):
        folds = cross_validate(some, way, seed, DROPPED)  # type: ignore[arg-type]
        built = build_model(some, way, folds.out_of_fold, seed, 60, DROPPED)  # type: ignore[arg-type]
        made.append((built.onnx, built.encoder.to_json()))
    assert made[0] == made[1]
    assert made[0] != made[2]
