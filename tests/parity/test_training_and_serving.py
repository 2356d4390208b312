"""Real encounters get the same risks from the code that trains and from the files that serve; and good ones."""

from pathlib import Path

import numpy as np
import pytest

from readmission.contract.encounter import COLUMN_NAMES
from readmission.pipeline.build_model import BuiltModel, build_model, export_model
from readmission.pipeline.candidates import find_candidate
from readmission.pipeline.cross_validation import LabelledEncounters, cross_validate
from readmission.pipeline.metrics import measure
from readmission.pipeline.training_data import label_encounters
from readmission.storage.stored_model import open_model
from tests.clean_tables import read_real_frame

SEED = 296
Splits = dict[str, LabelledEncounters]


@pytest.fixture(scope="module")
def splits(real_dataset: Path) -> Splits:
    frame = read_real_frame(real_dataset)
    return {
        split: label_encounters(rows.select(COLUMN_NAMES), str(split))
        for (split,), rows in frame.partition_by("split", as_dict=True).items()
    }


@pytest.fixture(scope="module")
def built(splits: Splits) -> BuiltModel:
    """The recipe, trained on the real train patients: about a minute on one core."""
    candidate = find_candidate("lightgbm")
    found = cross_validate(splits["train"], candidate, SEED, ["weight"])
    return build_model(splits["train"], candidate, found.out_of_fold, SEED, found.rounds, ["weight"])


def test_a_thousand_real_encounters_get_equal_risks(built: BuiltModel, splits: Splits, tmp_path: Path) -> None:
    origin = {"training_data_sha256": "0", "code_commit": "test", "seed": SEED}
    _, sha256 = export_model(tmp_path, built, dataset={"kind": "uci", "sha256": "0"}, **origin)  # type: ignore[arg-type]
    model = open_model(tmp_path, sha256)
    some = splits["test"].take(np.arange(1000))
    trained = built.predict(some)
    batch = model.score(some.encounters)
    one_by_one = np.concatenate([model.score_features(model.encoder.encode_one(row)) for row in some.encounters])
    assert np.abs(batch - trained).max() <= 1e-6
    assert np.abs(one_by_one - trained).max() <= 1e-6
    assert (batch[:, 2] <= batch[:, 1] + batch[:, 2]).all()


def test_no_row_of_the_data_travels_with_the_model(built: BuiltModel, splits: Splits) -> None:
    from readmission.pipeline.probe import make_probe_encounters

    columns = [name for name in COLUMN_NAMES if name not in ("encounter_id", "patient_nbr", "readmitted")]
    real = {tuple(row[name] for name in columns) for split in splits.values() for row in split.encounters}
    probe = make_probe_encounters(built.encoder, SEED)
    assert len(probe) >= 32
    assert not [row for row in probe if tuple(row.get(name) for name in columns) in real]


def test_the_model_is_as_good_as_promised(built: BuiltModel, splits: Splits) -> None:
    found = measure(built.predict(splits["test"]), splits["test"].labels)
    assert found["risk_30d_roc_auc"] >= 0.665
    assert found["risk_any_roc_auc"] >= 0.695
    assert found["risk_30d_ece"] <= 0.02
    assert found["risk_any_ece"] <= 0.02


@pytest.mark.long
@pytest.mark.parametrize("name", ["logistic-regression", "extra-trees", "bagged-undersampling"])
def test_every_candidate_keeps_parity(name: str, splits: Splits) -> None:
    candidate = find_candidate(name)
    train = splits["train"].take(np.arange(20_000))
    found = cross_validate(train, candidate, SEED)
    built_one = build_model(train, candidate, found.out_of_fold, SEED, found.rounds)  # refuses beyond 1e-6
    assert built_one.base_risk["risk_any"] == pytest.approx((train.labels >= 1).mean(), abs=0.01)


def test_reasons_of_real_patients_are_exact(built: BuiltModel, splits: Splits, tmp_path: Path) -> None:
    from readmission.storage.stored_reasons import open_reasons

    origin = {"training_data_sha256": "0", "code_commit": "test", "seed": SEED}
    _, sha256 = export_model(tmp_path, built, dataset={"kind": "uci", "sha256": "0"}, **origin)  # type: ignore[arg-type]
    model = open_model(tmp_path, sha256)
    reasons = open_reasons(tmp_path, model)
    some = splits["test"].take(np.arange(100))
    booster = built.model.booster  # type: ignore[attr-defined]
    theirs = booster.predict(model.encoder.transform(some.encounters), pred_contrib=True, num_threads=1)
    for row, encounter in enumerate(some.encounters):
        parts = reasons.scores.explain(model.encoder.encode_one(encounter)[0])
        np.testing.assert_allclose(parts.by_feature.T, theirs[row].reshape(3, -1)[:, :-1], atol=1e-9)
        np.testing.assert_allclose(parts.by_feature.sum(axis=0) + parts.average_score, parts.score, atol=1e-4)
        for risk in reasons.explain(model, encounter).values():
            assert risk.by_feature.sum() == pytest.approx(risk.risk - risk.base_risk, abs=1e-9)
