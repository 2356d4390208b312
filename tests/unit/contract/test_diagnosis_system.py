"""The coding system of diagnoses is named or set, never guessed; a code of another system is refused."""

import json
from typing import Any

import pytest

from readmission.contract.encounter import DiagnosisSystem
from readmission.contract.encounter_input import decode_encounter
from readmission.contract.encounter_rows import EncounterRows
from readmission.contract.examples import FREQUENT_VISITOR
from readmission.contract.prediction import Encounter
from readmission.errors import InvalidInputError

IN_ICD10 = {**FREQUENT_VISITOR, "diag_1": "I50.9", "diag_2": "V27.0", "diag_3": "E1165"}


def body_of(encounter: dict[str, Any]) -> bytes:
    return json.dumps(encounter).encode()


def read_row(encounter: dict[str, Any], default: DiagnosisSystem = "icd9cm") -> dict[str, Any]:
    return EncounterRows(tuple(encounter), default_system=default).read(list(encounter.values())).encounter


def test_the_system_is_kept_with_what_was_sent() -> None:
    sent = {**IN_ICD10, "diagnosis_system": "icd10cm"}
    for accepted in (decode_encounter(body_of(sent)).encounter, read_row(sent)):
        assert {name: accepted[name] for name in sent} == sent
    Encounter.model_validate(sent)


@pytest.mark.parametrize("given", [{}, {"diagnosis_system": None}])
def test_without_a_name_the_setting_counts(given: dict[str, Any]) -> None:
    by_setting = decode_encounter(body_of({**IN_ICD10, **given}), "icd10cm").encounter
    assert by_setting["diagnosis_system"] == "icd10cm"
    assert read_row({**IN_ICD10, **given}, "icd10cm") == by_setting
    for default in ("icd9cm", "icd10cm"):
        named = decode_encounter(body_of({**FREQUENT_VISITOR, "diagnosis_system": "icd9cm"}), default).encounter
        assert "diagnosis_system" not in named  # what is kept without a system is ICD-9-CM
        assert read_row({**FREQUENT_VISITOR, "diagnosis_system": "icd9cm"}, default) == named


@pytest.mark.parametrize(
    ("system", "code", "problem"),
    [
        ("icd9cm", "I50.9", "looks like an ICD-10-CM code"),
        ("icd9cm", "heart failure", "is not an ICD-9-CM code"),
        ("icd10cm", "428.0", "looks like an ICD-9-CM code"),
        ("icd10cm", "4280", "looks like an ICD-9-CM code"),
        ("icd10cm", "I50.", "is not an ICD-10-CM code"),
        ("icd10cm", "S72.001AB", "is not an ICD-10-CM code"),
        ("icd10cm", "heart failure", "is not an ICD-10-CM code"),
    ],
)
def test_a_code_of_no_or_another_system_is_refused(system: DiagnosisSystem, code: str, problem: str) -> None:
    sent = {**FREQUENT_VISITOR, "diag_1": None, "diag_3": None, "diag_2": code, "diagnosis_system": system}
    for refuse in (lambda: decode_encounter(body_of(sent)), lambda: read_row(sent)):
        with pytest.raises(InvalidInputError) as refused:
            refuse()
        (found,) = refused.value.problems
        assert (found.field, found.problem) == ("diag_2", problem)
        assert f"diagnosis_system is {system}" in str(found.allowed)
    with pytest.raises(ValueError, match="diag_2"):
        Encounter.model_validate(sent)


@pytest.mark.parametrize("system", ["icd10", "ICD10CM", 10, [], {}, True])
def test_an_unknown_system_is_named_alone(system: object) -> None:
    for default in ("icd9cm", "icd10cm"):
        with pytest.raises(InvalidInputError) as refused:
            decode_encounter(body_of({**IN_ICD10, "diagnosis_system": system}), default)
        (found,) = refused.value.problems
        assert (found.field, found.allowed) == ("diagnosis_system", "one of icd9cm, icd10cm")
    if isinstance(system, str):
        with pytest.raises(InvalidInputError, match="1 field"):
            read_row({**IN_ICD10, "diagnosis_system": system})
