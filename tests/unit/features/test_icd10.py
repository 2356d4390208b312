"""ICD-10-CM codes are read as the ICD-9-CM categories they may have been; the commonest of them is scored."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from readmission.contract.encounter import DIAGNOSES
from readmission.contract.examples import FREQUENT_VISITOR
from readmission.features import icd10_map
from readmission.features.diagnosis_codes import read_category
from readmission.features.diagnosis_translation import UNMAPPED, DiagnosisTranslation
from readmission.features.encoder import Encoder
from readmission.features.encoder_state import EncoderState
from readmission.features.encounter_table import EncounterTable
from readmission.features.icd10_map import find_categories, load_map

MAP_SHA256 = "85d9073dd4f825807b446d995b896147c53f08fbf8aabcaef1a86e485d41c5c7"
IN_ICD10 = {**FREQUENT_VISITOR, "diagnosis_system": "icd10cm", "diag_1": "I50.9", "diag_2": "I12.9", "diag_3": "E11.29"}
IN_ICD9 = {**FREQUENT_VISITOR, "diag_1": "428", "diag_2": "403", "diag_3": "250.4"}


def test_the_map_never_changes() -> None:
    """`reproduce` reads stored ICD-10-CM predictions by it: another map is another file beside this one."""
    assert sha256(Path(icd10_map.__file__).with_name("icd10_map.tsv").read_bytes()).hexdigest() == MAP_SHA256


@pytest.mark.parametrize(
    ("code", "categories"),
    [
        ("I50.9", ("428",)),
        ("I50.810", ("428",)),  # newer than the mappings: read by its beginning
        ("E11.9", ("250",)),
        ("E11.65", ("250.8", "250.02")),
        ("E1165", ("250.8", "250.02")),
        ("e11.65", ("250.8", "250.02")),
        ("E11.3291", ("250.5", "362")),  # the seventh character is newer than the mappings
        ("J44.9", ("491", "493", "496")),
        ("Z79.4", ("V58",)),
        ("S72.001A", ("820",)),
        ("S72001D", ("V54",)),
        ("U07.1", ()),  # no such disease in ICD-9-CM
        ("E93.5", ()),  # no such category in ICD-10-CM
        ("E11", ()),  # cut too short to say anything
    ],
)
def test_categories_of_a_code(code: str, categories: tuple[str, ...]) -> None:
    assert find_categories(code) == categories


def test_every_category_of_the_map_is_one_the_model_reads() -> None:
    categories = {category for found in load_map().values() for category in found}
    assert len(categories) > 1000
    assert [category for category in categories if read_category(category) != category] == []


@pytest.mark.parametrize("code", ["428.0", "4280", "428"])
def test_a_code_is_read_with_and_without_its_point(code: str) -> None:
    assert read_category(code) == "428"


def test_an_encounter_is_encoded_as_its_translation(encoder: Encoder) -> None:
    assert encoder.translation.translate(IN_ICD10) == IN_ICD9
    assert encoder.translation.translate(IN_ICD9) is IN_ICD9
    assert np.array_equal(encoder.encode_one(IN_ICD10), encoder.encode_one(IN_ICD9))
    assert encoder.unseen_values.find(IN_ICD10) == encoder.unseen_values.find(IN_ICD9)


@pytest.mark.parametrize("system", [None, "icd9cm"])
def test_an_encounter_that_names_no_system_or_the_models_own_is_not_translated(
    encoder: Encoder, system: str | None
) -> None:
    named = {**IN_ICD9, "diagnosis_system": system}
    expected = encoder.encode_one(IN_ICD9).ravel()
    assert np.array_equal(encoder.encode_one(named).ravel(), expected)
    assert np.array_equal(encoder.transform(EncounterTable.of([named, IN_ICD10]))[0], expected)
    assert encoder.unseen_values.find(named) == encoder.unseen_values.find(IN_ICD9)
    assert encoder.translation.list_readings(named) == {}


def test_a_code_that_both_systems_have_is_read_in_the_one_named() -> None:
    """V43 is an organ replaced in ICD-9-CM, and a car occupant hurt in a collision in ICD-10-CM."""
    encounter = {**FREQUENT_VISITOR, "diag_1": "V43", "diag_2": "428", "diag_3": None}
    encoder, _ = Encoder.fit_transform([encounter] * 10, [0, 2] * 5, list(range(10)), seed=1)
    assert encoder.unseen_values.find(encounter) == ()
    other = {**encounter, "diagnosis_system": "icd10cm", "diag_1": "V43.52XA", "diag_2": "I50.9"}
    assert encoder.unseen_values.find(other) == ("diag_1",)


def test_the_commonest_category_is_taken_and_all_are_listed() -> None:
    state = EncoderState((), {}, (0.1, 0.5), {"diagnoses": {"493": (0.1, 0.5), "496": (0.1, 0.5)}})
    encounter = {**IN_ICD10, "diag_1": "J44.9", "diag_2": None, "diag_3": "U07.1"}

    def taken(rows: dict[str, int]) -> list[str | None]:
        known = EncoderState(**{**{name: getattr(state, name) for name in state.__slots__}, "diagnosis_rows": rows})
        translated = DiagnosisTranslation(known).translate(encounter)
        return [translated[name] for name in DIAGNOSES]

    assert taken({"491": 5, "493": 7, "496": 90}) == ["496", None, UNMAPPED]
    assert taken({"491": 5, "493": 7}) == ["493", None, UNMAPPED]
    assert taken({}) == ["493", None, UNMAPPED]  # a state of an earlier release: the first that it knows
    readings = DiagnosisTranslation(state).list_readings(encounter)
    assert {name: [row[name] for row in rows] for name, rows in readings.items()} == {"diag_1": ["491", "493", "496"]}


def test_how_often_a_category_was_there_travels_with_the_state(encoder: Encoder) -> None:
    assert encoder.state.diagnosis_rows["428"] > 0
    assert Encoder.from_json(encoder.to_json()).state == encoder.state
