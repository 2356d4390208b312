"""What `POST /outcomes` says of a body that breaks the contract: which field, what is wrong, what was expected."""

import json
from typing import Any

import pytest

from readmission.errors import InvalidInputError
from readmission.services.inference_service.outcomes import read_outcomes

ID = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"
FORM = "an object with prediction_id or encounter_id, and readmitted"
CASES: list[tuple[Any, str, str, str]] = [
    ("text", "body", "is not an outcome", FORM),
    (7, "body", "is not an outcome", FORM),
    (None, "body", "is not an outcome", FORM),
    ([["<30"]], "0", "is not an outcome", FORM),
    ({"encounter_id": 7}, "readmitted", "is required", "one of NO, >30, <30"),
    ({"encounter_id": 7, "readmitted": "yes"}, "readmitted", "is not an allowed value", "one of NO, >30, <30"),
    ({"encounter_id": "7", "readmitted": "NO"}, "encounter_id", "is not an allowed value", "a whole number from 1"),
    ({"encounter_id": 0, "readmitted": "NO"}, "encounter_id", "is not an allowed value", "a whole number from 1"),
    ({"prediction_id": "7", "readmitted": "NO"}, "prediction_id", "is not an allowed value",
     "the id of a prediction (UUID)"),
    ({"readmitted": "NO"}, "prediction_id", "is required", "either prediction_id or encounter_id"),
    ({"prediction_id": ID, "encounter_id": 7, "readmitted": "NO"}, "prediction_id", "does not go with encounter_id",
     "either prediction_id or encounter_id"),
    ({"encounter_id": 7, "readmitted": "NO", "when": "2026"}, "when", "is not a field of an outcome",
     "prediction_id, encounter_id, readmitted"),
    ([{"encounter_id": 7, "readmitted": "NO"}, {"encounter_id": 8}], "1.readmitted", "is required",
     "one of NO, >30, <30"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field", "problem", "allowed"), CASES)
def test_a_broken_outcome_is_named(body: Any, field: str, problem: str, allowed: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_outcomes(json.dumps(body).encode())
    assert [(each.field, each.problem, each.allowed) for each in refused.value.problems] == [(field, problem, allowed)]
