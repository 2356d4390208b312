"""Properties of the encoder that training and serving both rely on."""

import json
from array import array
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readmission.contract.encounter import IDENTIFIERS, TARGET
from readmission.contract.examples import EXAMPLES
from readmission.errors import ArtifactError, InvalidInputError
from readmission.features.encoder import Encoder
from readmission.features.feature_groups import GROUP_TITLES
from readmission.features.patient_folds import assign_folds
from readmission.learning.cross_validation import LabelledEncounters
from tests.unit.features.strategies import encounters


@settings(deadline=None)
@given(rows=st.lists(encounters, min_size=1, max_size=4))
def test_one_row_equals_the_batch_bit_by_bit(encoder: Encoder, rows: list[dict[str, Any]]) -> None:
    batch = encoder.transform(rows)
    assert batch.dtype == np.float32
    assert batch.shape == (len(rows), len(encoder.feature_names))
    assert np.isfinite(batch).all()
    for index, row in enumerate(rows):
        assert encoder.encode_one(row).tobytes() == batch[index].tobytes()
        buffer = array("f", [0.0] * len(encoder.feature_names))
        encoder.encode_into(row, buffer)
        assert buffer.tobytes() == batch[index].tobytes()


@settings(deadline=None, max_examples=50)
@given(row=encounters)
def test_the_state_survives_json(encoder: Encoder, row: dict[str, Any]) -> None:
    again = Encoder.from_json(encoder.to_json())
    assert again.to_json() == encoder.to_json()
    assert again.feature_names == encoder.feature_names
    assert again.encode_one(row).tobytes() == encoder.encode_one(row).tobytes()


@settings(deadline=None)
@given(row=encounters, mark=st.sampled_from([None, "?", "", "absent"]))
def test_all_missing_marks_mean_the_same(encoder: Encoder, row: dict[str, Any], mark: str | None) -> None:
    for field in ("race", "payer_code", "medical_specialty", "diag_1", "diag_2", "diag_3", "weight"):
        missing = {**row, field: None}
        other = {name: value for name, value in row.items() if name != field}
        if mark != "absent":
            other[field] = mark
        assert encoder.encode_one(missing).tobytes() == encoder.encode_one(other).tobytes()


@pytest.mark.parametrize("field", ["max_glu_serum", "A1Cresult"])
def test_a_lab_not_measured_may_be_absent_null_or_none(encoder: Encoder, field: str) -> None:
    example = EXAMPLES["young-ketoacidosis"]
    measured = encoder.encode_one(example)
    absent = encoder.encode_one({name: value for name, value in example.items() if name != field})
    assert absent.tobytes() == encoder.encode_one({**example, field: None}).tobytes()
    assert absent.tobytes() == encoder.encode_one({**example, field: "None"}).tobytes()
    assert absent.tobytes() != measured.tobytes()


def test_identifiers_and_target_never_change_a_feature(encoder: Encoder) -> None:
    example = EXAMPLES["frequent-visitor"]
    marked = {**example, "encounter_id": 9, "patient_nbr": 7, "readmitted": "<30"}
    assert encoder.encode_one(marked).tobytes() == encoder.encode_one(example).tobytes()
    assert not {*IDENTIFIERS, TARGET} & set(encoder.columns)


def test_the_order_of_the_rows_does_not_matter(train_rows: LabelledEncounters) -> None:
    rows, labels, patients = train_rows.encounters, train_rows.labels.tolist(), train_rows.patients
    encoder, features = Encoder.fit_transform(rows, labels, patients, seed=1)
    order = np.random.default_rng(3).permutation(len(rows))
    shuffled, shuffled_features = Encoder.fit_transform(
        [rows[i] for i in order], [labels[i] for i in order], [patients[i] for i in order], seed=1
    )
    assert shuffled.to_json() == encoder.to_json()
    assert shuffled_features.tobytes() == features[order].tobytes()


def test_a_row_is_cross_fitted_without_its_own_patient(train_rows: LabelledEncounters) -> None:
    rows, labels, patients = train_rows.encounters, train_rows.labels.tolist(), train_rows.patients
    _, features = Encoder.fit_transform(rows, labels, patients, seed=1)
    patient = patients[0]
    flipped = [2 - label if owner == patient else label for label, owner in zip(labels, patients, strict=True)]
    _, changed = Encoder.fit_transform(rows, flipped, patients, seed=1)
    own = [index for index, owner in enumerate(patients) if owner == patient]
    assert features[own].tobytes() == changed[own].tobytes()  # its own labels never reach it
    assert features.tobytes() != changed.tobytes()  # they do reach others


def test_training_rows_get_other_rates_than_transform(encoder: Encoder, train_rows: LabelledEncounters) -> None:
    rows, labels, patients = train_rows.encounters, train_rows.labels.tolist(), train_rows.patients
    _, fitted = Encoder.fit_transform(rows, labels, patients, seed=1, dropped=["weight", "examide"])
    served = encoder.transform(rows)
    rates = [index for index, name in enumerate(encoder.feature_names) if name.startswith("rate_")]
    others = [index for index in range(len(encoder.feature_names)) if index not in rates]
    assert (fitted[:, others] == served[:, others]).all()
    assert (fitted[:, rates] != served[:, rates]).any()


def test_values_never_seen_get_the_overall_rates(encoder: Encoder) -> None:
    example = {**EXAMPLES["frequent-visitor"], "payer_code": "??new", "diag_1": "777"}
    row = dict(zip(encoder.feature_names, encoder.encode_one(example)[0], strict=True))
    assert row["rate_30d_payer_code"] == np.float32(encoder.state.prior[0])
    assert row["rate_any_diag_1"] == np.float32(encoder.state.prior[1])
    assert row["diag_1_group=Other"] == 1.0


def test_spellings_of_one_code_are_one_code(encoder: Encoder) -> None:
    def encode(code: str) -> bytes:
        return encoder.encode_one({**EXAMPLES["frequent-visitor"], "diag_1": code}).tobytes()

    assert encode("008") == encode("8") == encode("8.4")
    assert encode("250.130") == encode(" 250.13 ")
    assert encode("v57.1") == encode("V57")
    assert encode("250.13") != encode("250.12")
    assert encode("428.0") == encode("428") != encode("401")


def test_a_dropped_column_has_no_feature_of_its_own(train_rows: LabelledEncounters) -> None:
    rows, labels, patients = train_rows.encounters, train_rows.labels.tolist(), train_rows.patients
    dropped = ["payer_code", "diag_3", "insulin", "race", "discharge_disposition_id"]
    encoder, features = Encoder.fit_transform(rows, labels, patients, seed=1, dropped=dropped)
    assert features.shape[1] == len(encoder.feature_names)
    for column in dropped:
        assert not [name for name in encoder.feature_names if column in name]
        assert column not in encoder.columns
        changed = [{**row, column: rows[0][column]} for row in rows[:50]]
        assert encoder.transform(changed).tobytes() == encoder.transform(rows[:50]).tobytes()


def test_every_feature_has_a_clinical_group(encoder: Encoder) -> None:
    assert list(encoder.feature_groups) == list(encoder.feature_names)
    assert set(encoder.feature_groups.values()) <= set(GROUP_TITLES)
    assert len(encoder.feature_names) >= 100


def test_a_required_column_is_named_when_absent(encoder: Encoder) -> None:
    example = dict(EXAMPLES["frequent-visitor"])
    del example["number_inpatient"]
    with pytest.raises(InvalidInputError, match="number_inpatient is required"):
        encoder.encode_one(example)
    with pytest.raises(InvalidInputError, match="age is required"):
        encoder.encode_one({**EXAMPLES["frequent-visitor"], "age": "[5-6)"})


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state.update(format=9),
        lambda state: state.pop("rates"),
        lambda state: state["dropped"].append("no_such_column"),
        lambda state: state["feature_names"].reverse(),
        lambda state: state["rates"].update(payer_code={"MC": [0.1]}),
    ],
)
def test_a_damaged_state_is_refused(encoder: Encoder, damage: Any) -> None:
    state = json.loads(encoder.to_json())
    damage(state)
    with pytest.raises(ArtifactError, match="encoder state"):
        Encoder.from_json(json.dumps(state))


def test_folds_keep_a_patient_together() -> None:
    patients = [patient for patient in range(500) for _ in range(3)]
    folds = assign_folds(patients, 5, seed=4).reshape(-1, 3)
    assert (folds == folds[:, :1]).all()
    assert len(set(folds[:, 0])) == 5
