"""The three readers of an encounter agree: the decoder, the field-by-field check, the pydantic model of the OpenAPI."""

import json

import pytest
from pydantic import ValidationError

from readmission.contract import codes
from readmission.contract.encounter import COLUMNS, DRUGS, INPUT_COLUMNS
from readmission.contract.encounter_input import check_encounter, decode_encounter
from readmission.contract.encounter_rows import EncounterRows
from readmission.contract.examples import EXAMPLES, FREQUENT_VISITOR
from readmission.contract.prediction import Encounter
from readmission.errors import InvalidInputError, MalformedBodyError, NotEligibleError
from tests.encounter_cases import ALL_CASES, FieldCase


def body_of(encounter: object) -> bytes:
    return json.dumps(encounter).encode()


def pydantic_accepts(encounter: object) -> bool:
    try:
        Encounter.model_validate_json(body_of(encounter))
    except ValidationError:
        return False
    return True


def decoder_accepts(encounter: object) -> bool:
    try:
        decode_encounter(body_of(encounter))
    except InvalidInputError:
        return False
    return True


@pytest.mark.parametrize("column", [column.name for column in COLUMNS])
def test_all_readers_agree_on_every_case_of_a_column(column: str) -> None:
    cases = [case for case in ALL_CASES if case.field == column]
    assert cases
    for case in cases:
        verdicts = (
            decoder_accepts(case.encounter),
            not check_encounter(case.encounter),
            pydantic_accepts(case.encounter),
        )
        assert verdicts == (case.valid,) * 3, case


@pytest.mark.parametrize("case", [case for case in ALL_CASES if not case.valid], ids=lambda c: f"{c.field}-{c.name}")
def test_a_refusal_names_just_the_broken_field(case: FieldCase) -> None:
    with pytest.raises(InvalidInputError) as refused:
        decode_encounter(body_of(case.encounter))
    assert [problem.field for problem in refused.value.problems] == [case.field]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_valid_and_come_out_whole(name: str) -> None:
    given = EXAMPLES[name]
    accepted = decode_encounter(body_of({**given, "encounter_id": 7, "patient_nbr": 8}))
    assert set(accepted.encounter) == {column.name for column in INPUT_COLUMNS}
    assert (accepted.encounter_id, accepted.patient_nbr) == (7, 8)
    assert {key: accepted.encounter[key] for key in given} == given


def test_missing_marks_become_none_and_absent_tests_become_not_measured() -> None:
    given = {**FREQUENT_VISITOR, "race": "?", "payer_code": "", "max_glu_serum": None}
    del given["diag_2"], given["A1Cresult"]
    accepted = decode_encounter(body_of(given)).encounter
    assert [accepted[name] for name in ("race", "payer_code", "diag_2", "weight")] == [None] * 4
    assert [accepted[name] for name in ("max_glu_serum", "A1Cresult")] == ["None", "None"]


def test_drugs_and_laboratory_tests_may_be_left_out_or_null() -> None:
    given = {
        name: value for name, value in FREQUENT_VISITOR.items() if name not in (*DRUGS, "A1Cresult", "max_glu_serum")
    }
    for sent in (given, {**given, **dict.fromkeys((*DRUGS, "A1Cresult", "max_glu_serum"))}):
        accepted = decode_encounter(body_of(sent)).encounter
        assert {accepted[name] for name in DRUGS} == {"No"}
        assert (accepted["A1Cresult"], accepted["max_glu_serum"]) == ("None", "None")
    by_table = EncounterRows(tuple(given)).read(list(given.values()))
    assert by_table.encounter == accepted


def test_fifteen_fields_are_a_whole_request() -> None:
    required = [column.name for column in INPUT_COLUMNS if column.required]
    assert len(required) == 15
    accepted = decode_encounter(body_of({name: FREQUENT_VISITOR[name] for name in required})).encounter
    assert set(accepted) == {column.name for column in INPUT_COLUMNS}


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ("CHF", "is not an ICD-9-CM code"),
        ("insuficiencia", "is not an ICD-9-CM code"),
        ("428012", "is not an ICD-9-CM code"),
        ("I50.9", "looks like an ICD-10-CM code"),
        ("E119", "looks like an ICD-10-CM code"),
    ],
)
def test_what_is_no_diagnosis_code_is_refused_and_says_what_was_expected(sent: str, problem: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        decode_encounter(body_of({**FREQUENT_VISITOR, "diag_2": sent}))
    (found,) = refused.value.problems
    assert (found.field, found.problem) == ("diag_2", problem)
    assert "428, 250.83, V27 or E935" in str(found.allowed)


@pytest.mark.parametrize("disposition", sorted(codes.NOT_ELIGIBLE_DISPOSITIONS))
def test_deaths_and_hospice_are_not_eligible(disposition: int) -> None:
    with pytest.raises(NotEligibleError) as refused:
        decode_encounter(body_of({**FREQUENT_VISITOR, "discharge_disposition_id": disposition}))
    assert refused.value.problems[0].field == "discharge_disposition_id"


def test_all_broken_fields_are_named_at_once() -> None:
    broken = {**FREQUENT_VISITOR, "age": 70, "insulin": "Sideways", "extra": 1}
    del broken["gender"]
    with pytest.raises(InvalidInputError) as refused:
        decode_encounter(body_of(broken))
    assert [problem.field for problem in refused.value.problems] == ["gender", "age", "insulin", "extra"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"NaN", b'{"age": NaN}', b"[" * 60_000, b'{"diag_1": "\\ud800"}', b"{'age': 1}"],
    ids=["empty", "cut short", "not UTF-8", "NaN", "NaN inside", "nested", "lone surrogate", "single quotes"],
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBodyError):
        decode_encounter(body)


@pytest.mark.parametrize("value", [[], [FREQUENT_VISITOR], "text", 3, None, True])
def test_other_json_than_an_object_is_refused(value: object) -> None:
    with pytest.raises(InvalidInputError) as refused:
        decode_encounter(body_of(value))
    assert refused.value.problems[0].field == "body"


def test_a_refusal_never_echoes_the_value() -> None:
    secret = "a patient's own words"
    with pytest.raises(InvalidInputError) as refused:
        decode_encounter(body_of({**FREQUENT_VISITOR, "race": secret, "age": secret}))
    assert secret not in str(refused.value) + str(refused.value.problems)
