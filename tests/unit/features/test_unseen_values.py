"""Values no training row had are named, each spelling of a known one is not."""

import pytest

from readmission.contract.examples import FREQUENT_VISITOR, HOME_AFTER_SHORT_STAY
from readmission.features.encoder import Encoder, UnseenValues
from readmission.features.encoder_state import EncoderState

ROWS = [FREQUENT_VISITOR, HOME_AFTER_SHORT_STAY]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.fit_transform(ROWS * 5, [0, 2] * 5, list(range(10)), seed=1, dropped=["miglitol"])[0]


@pytest.mark.parametrize("row", ROWS)
def test_training_rows_have_nothing_unseen(encoder: Encoder, row: dict[str, object]) -> None:
    assert encoder.unseen_values.find(row) == ()


@pytest.mark.parametrize(
    "change",
    [
        *({"diag_1": code} for code in ("428.0", "428.00", "0574.1", " 428", None, "?", "")),
        {"diag_3": "250.40"},
        {"payer_code": None},
        {"medical_specialty": "?"},
        {"number_inpatient": 3},
        {"miglitol": "Up"},
        {"weight": "[0-25)"},
    ],
    ids=str,
)
def test_known_missing_and_unread_values_are_not_unseen(encoder: Encoder, change: dict[str, object]) -> None:
    assert encoder.unseen_values.find({**FREQUENT_VISITOR, **change}) == ()


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"diag_1": "V99"}, ("diag_1",)),
        ({"diag_1": "403"}, ("diag_1",)),  # seen, but never as the primary diagnosis
        ({"diag_3": "250.41"}, ("diag_3",)),
        ({"payer_code": "ZZ", "medical_specialty": "Falconry"}, ("payer_code", "medical_specialty")),
        ({"admission_type_id": 4}, ("admission_type_id",)),
        ({"discharge_disposition_id": 28}, ("discharge_disposition_id",)),
        ({"gender": "Unknown/Invalid"}, ("gender",)),
        ({"acarbose": "Up", "age": "[0-10)"}, ("age", "acarbose")),
        ({"number_inpatient": 6, "num_medications": 8}, ("num_medications", "number_inpatient")),
    ],
    ids=str,
)
def test_unseen_values_are_named_in_the_contracts_order(
    encoder: Encoder, change: dict[str, object], fields: tuple[str, ...]
) -> None:
    assert encoder.unseen_values.find({**FREQUENT_VISITOR, **change}) == fields


def test_what_was_seen_travels_with_the_state(encoder: Encoder) -> None:
    again = Encoder.from_json(encoder.to_json())
    unseen = {**FREQUENT_VISITOR, "admission_type_id": 4, "number_emergency": 300}
    assert (
        again.unseen_values.find(unseen)
        == encoder.unseen_values.find(unseen)
        == ("admission_type_id", "number_emergency")
    )


def test_a_state_of_an_earlier_release_knows_the_codes_alone(encoder: Encoder) -> None:
    state = encoder.state
    older = EncoderState(state.dropped, state.one_hot, state.prior, state.rates)
    found = UnseenValues(older, encoder.columns).find({**FREQUENT_VISITOR, "diag_1": "V99", "number_emergency": 300})
    assert found == ("diag_1",)
