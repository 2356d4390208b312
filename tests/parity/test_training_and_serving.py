"""Real encounters get the same risks from the code that trains and from the files that serve; and good ones."""

import numpy as np
import pytest

from readmission.contract.encounter import COLUMN_NAMES
from readmission.learning.build_model import build_model
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import cross_validate
from readmission.learning.measures.metrics import measure
from tests.real_model import SEED, RealModel, Splits

pytestmark = pytest.mark.timeout(900)  # the first test trains on the real data set


def test_a_thousand_real_encounters_get_equal_risks(real_model: RealModel, real_splits: Splits) -> None:
    model = real_model.stored
    some = real_splits["test"].take(np.arange(1000))
    trained = real_model.built.predict(some)
    batch = model.score(some.encounters)
    one_by_one = np.concatenate([model.score_features(model.encoder.encode_one(row)) for row in some.encounters])
    assert np.abs(batch - trained).max() <= 1e-6
    assert np.abs(one_by_one - trained).max() <= 1e-6
    assert (batch[:, 2] <= batch[:, 1] + batch[:, 2]).all()


def test_no_row_of_the_data_travels_with_the_model(real_model: RealModel, real_splits: Splits) -> None:
    from readmission.learning.probe import make_probe_encounters

    columns = [name for name in COLUMN_NAMES if name not in ("encounter_id", "patient_nbr", "readmitted")]
    real = {tuple(row[name] for name in columns) for split in real_splits.values() for row in split.encounters}
    probe = make_probe_encounters(real_model.built.encoder, SEED)
    assert len(probe) >= 32
    assert not [row for row in probe if tuple(row.get(name) for name in columns) in real]


def test_the_model_is_as_good_as_promised(real_model: RealModel, real_splits: Splits) -> None:
    found = measure(real_model.built.predict(real_splits["test"]), real_splits["test"].labels)
    assert found["risk_30d_roc_auc"] >= 0.675
    assert found["risk_any_roc_auc"] >= 0.698
    assert found["risk_30d_ece"] <= 0.015
    assert found["risk_any_ece"] <= 0.015


@pytest.mark.long
@pytest.mark.parametrize("name", ["logistic-regression", "extra-trees", "bagged-undersampling"])
def test_every_candidate_keeps_parity(name: str, real_splits: Splits) -> None:
    candidate = find_candidate(name)
    train = real_splits["train"].take(np.arange(20_000))
    found = cross_validate(train, candidate, SEED)
    built_one = build_model(train, candidate, found.out_of_fold, SEED, found.rounds)  # refuses beyond 1e-6
    assert built_one.base_risk["risk_any"] == pytest.approx((train.labels >= 1).mean(), abs=0.01)


def test_reasons_of_real_patients_are_exact(real_model: RealModel, real_splits: Splits) -> None:
    from readmission.model.reasons import open_reasons

    model = real_model.stored
    reasons = open_reasons(real_model.folder, model)
    some = real_splits["test"].take(np.arange(100))
    booster = real_model.built.model.booster  # type: ignore[attr-defined]
    theirs = booster.predict(model.encoder.transform(some.encounters), pred_contrib=True, num_threads=1)
    for row, encounter in enumerate(some.encounters):
        parts = reasons.scores.explain(model.encoder.encode_one(encounter)[0])
        np.testing.assert_allclose(parts.by_feature.T, theirs[row].reshape(3, -1)[:, :-1], atol=1e-9)
        np.testing.assert_allclose(parts.by_feature.sum(axis=0) + parts.average_score, parts.score, atol=1e-4)
        answer = model.predict_risks([encounter])
        for risk, (answered,) in zip(reasons.explain(model, encounter).values(), answer, strict=True):
            assert risk.risk == pytest.approx(answered, abs=1e-6)  # the very risk that is served
            assert risk.by_feature.sum() == pytest.approx(risk.risk - risk.base_risk, abs=1e-9)


def test_what_was_scored_in_a_batch_is_reproduced_to_the_bit(real_model: RealModel, real_splits: Splits) -> None:
    from readmission.pipeline.reproduce import recompute

    model = real_model.stored
    some = real_splits["test"].take(np.arange(1000)).encounters
    alone = [model.predict_risks([encounter]) for encounter in some]
    for size in (5, 128):
        for start in range(0, len(some), size):
            risks = model.predict_risks(some[start : start + size])
            for row, (soon, ever) in enumerate(zip(*risks, strict=True), start):
                served = {"risk_30d": soon, "risk_any": ever}
                single = {"risk_30d": alone[row][0][0], "risk_any": alone[row][1][0]}
                if served != single or row % 100 == 0:
                    assert recompute(model, some[row], served) == served
