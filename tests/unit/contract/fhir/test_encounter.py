"""A FHIR bundle becomes an encounter of the contract, and every column says where it came from."""

import contextlib
import copy
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from readmission.contract.encounter import COLUMNS
from readmission.contract.encounter_input import check_encounter
from readmission.contract.fhir.diagnoses import NOT_TRANSLATED, OTHER_SYSTEM
from readmission.contract.fhir.elements import MOST_RESOURCES, read_moment
from readmission.contract.fhir.encounter import FhirEncounter, identify, read_encounter
from readmission.contract.fhir.examples import RESOURCES
from readmission.contract.fhir.sources import SOURCES
from readmission.errors import InvalidInputError, MissingDataError, NotEligibleError, ReadmissionError

NOW = datetime(2026, 3, 6, 18, tzinfo=UTC)
SCORED = [column.name for column in COLUMNS if column.kind != "target"]
Change = Callable[[dict[str, Any]], object]
REFUSED = InvalidInputError


def bundle(**changes: Change | None) -> dict[str, Any]:
    """The example with some resources changed by id, or left out (None)."""
    resources = [copy.deepcopy(each) for each in RESOURCES if changes.get(each["id"], 0) is not None]
    for each in resources:
        change = changes.get(each["id"])
        if change is not None:
            change(each)
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def read(found: Any) -> FhirEncounter:
    return read_encounter([found], NOW, encounter_id="e1")


def only(*kinds: str) -> dict[str, Any]:
    entries = [{"resource": each} for each in RESOURCES if each["resourceType"] in kinds and each["id"] not in "e2e3e4"]
    return {"resourceType": "Bundle", "entry": entries}


def test_the_example() -> None:
    found = read(bundle())
    drugs = {name: value for name, value in found.encounter.items() if value != "No"}
    assert drugs == {
        "encounter_id": identify("e1"), "patient_nbr": identify("p1"), "race": "Caucasian", "gender": "Female",
        "age": "[70-80)", "admission_type_id": 1, "discharge_disposition_id": 1, "admission_source_id": 7,
        "time_in_hospital": 5, "payer_code": "MC", "num_lab_procedures": 44, "num_procedures": 1,
        "number_outpatient": 1, "number_emergency": 1, "number_inpatient": 1, "diag_1": "I50.9", "diag_2": "E11.65",
        "diag_3": "N18.3", "diagnosis_system": "icd10cm", "number_diagnoses": 3, "max_glu_serum": ">200",
        "A1Cresult": ">8", "metformin": "Up", "change": "Ch", "diabetesMed": "Yes", "num_medications": 2,
    }  # fmt: skip
    assert [each.field for each in found.assumed] == ["num_lab_procedures"]
    assert [each.field for each in found.missing] == ["weight", "medical_specialty"]
    assert (found.patient_id, found.encounter_id, found.notes) == ("p1", "e1", ())


def test_the_coverage_table_has_every_column() -> None:
    assert list(SOURCES) == SCORED


@pytest.mark.parametrize("found", [bundle(), only("Patient", "Encounter", "Condition")], ids=["whole", "bare"])
def test_every_column_says_where_it_came_from(found: dict[str, Any]) -> None:
    encounter = read(found)
    assert [source.field for source in encounter.sources] == SCORED
    by_name = {source.field: source.status for source in encounter.sources}
    for name in SCORED:
        assert (by_name[name] == "missing") == (name not in encounter.encounter), name
    assert check_encounter(encounter.encounter) == ()


def test_a_bare_stay_says_all_that_is_assumed() -> None:
    found = read(only("Patient", "Encounter", "Condition"))
    assumed = {each.field for each in found.assumed}
    assert {
        "num_lab_procedures", "num_procedures", "num_medications", "number_outpatient", "number_emergency",
        "number_inpatient", "max_glu_serum", "A1Cresult", "insulin", "metformin", "change", "diabetesMed",
    } <= assumed  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "column", "value", "status"),
    [
        ({"p1": lambda r: r.update(birthDate="1951")}, "age", "[70-80)", "given"),
        ({"p1": lambda r: r.update(birthDate="1956")}, "age", "[70-80)", "assumed"),
        ({"p1": lambda r: r.update(birthDate="1920-01-01")}, "age", "[90-100)", "assumed"),
        ({"p1": lambda r: r.pop("gender")}, "gender", "Unknown/Invalid", "assumed"),
        ({"p1": lambda r: r.pop("extension")}, "race", None, "missing"),
        ({"e1": lambda r: r["period"].pop("end")}, "time_in_hospital", 5, "assumed"),
        ({"e1": lambda r: r["period"].update(start="2026-01-01")}, "time_in_hospital", 14, "assumed"),
        ({"e1": lambda r: r["period"].update(start="2026-03-06T01:00:00-05:00")}, "time_in_hospital", 1, "given"),
        ({"e1": lambda r: r.pop("hospitalization")}, "discharge_disposition_id", 18, "assumed"),
        ({"e1": lambda r: r.pop("hospitalization")}, "admission_source_id", 17, "assumed"),
        (
            {
                "e1": lambda r: r.pop("hospitalization"),
                "e3": lambda r: r.update(period={"start": "2026-03-01T12:00:00Z", "end": "2026-03-02T02:00:00Z"}),
            },
            "admission_source_id",
            7,
            "assumed",
        ),
        ({"e3": lambda r: r.update(status="cancelled")}, "number_emergency", 0, "given"),
        ({"e2": lambda r: r["period"].update(start="2025-02-01")}, "number_inpatient", 0, "given"),
        ({"o1": lambda r: r["valueQuantity"].update(value=54, code="mmol/mol")}, "A1Cresult", ">7", "given"),
        ({"o2": lambda r: r["valueQuantity"].update(value=17, code="mmol/L")}, "max_glu_serum", ">300", "given"),
        ({"o2": lambda r: r.update(status="entered-in-error")}, "max_glu_serum", "None", "assumed"),
        ({"m1": None, "m2": None}, "metformin", "No", "given"),
        ({"m1": None}, "metformin", "Steady", "given"),
        ({"m1": None}, "change", "No", "assumed"),
        (
            {"m2": lambda r: r["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"].update(value=250)},
            "metformin",
            "Down",
            "given",
        ),
        (
            {"m3": lambda r: r.update(medicationCodeableConcept={"text": "Glipizide 5 mg / metformin 500 mg"})},
            "glipizide-metformin",
            "Steady",
            "given",
        ),
        ({"k1": lambda r: r.update(status="cancelled")}, "payer_code", None, "missing"),
        ({"k1": lambda r: r.pop("type")}, "payer_code", "MC", "given"),
        ({"c2": lambda r: r.update(verificationStatus={"coding": [{"code": "refuted"}]})}, "diag_1", "E11.65", "given"),
    ],
)  # fmt: skip
def test_one_column(changes: dict[str, Any], column: str, value: Any, status: str) -> None:
    found = read(bundle(**changes))
    assert found.encounter.get(column) == value
    assert {each.field: each.status for each in found.sources}[column] == status
    assert check_encounter(found.encounter) == ()


def test_what_was_found_after_the_stay_is_not_known_yet() -> None:
    later = {"resourceType": "Encounter", "id": "e9", "status": "finished", "class": {"code": "AMB"}}
    found = bundle(
        c2=lambda r: (r.pop("encounter"), r.update(recordedDate="2026-04-01")),
        c3=lambda r: r.update(encounter={"reference": "Encounter/e9"}),
        e1=lambda r: r.pop("diagnosis"),
        p1=lambda r: r.update(deceasedBoolean=True),
    )
    found["entry"].append({"resource": {**later, "period": {"start": "2026-05-01"}}})
    read_back = read(found).encounter
    assert [read_back.get(name) for name in ("diag_1", "diag_2", "diag_3")] == ["E11.65", None, None]
    assert (read_back["number_diagnoses"], read_back["discharge_disposition_id"]) == (1, 1)


def test_snomed_is_not_guessed() -> None:
    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "42343007", "display": "Heart failure"}]}
    found = read(bundle(**{name: lambda r: r.update(code=snomed) for name in ("c1", "c2", "c3")}))
    assert "diag_1" not in found.encounter
    assert found.notes == (NOT_TRANSLATED,)
    assert found.encounter["number_diagnoses"] == 1


def test_two_coding_systems_are_not_mixed() -> None:
    icd9 = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "V27.0"}]}
    found = read(bundle(c1=lambda r: r.update(code=icd9)))
    assert [found.encounter.get(name) for name in ("diag_1", "diag_2", "diag_3")] == ["I50.9", "N18.3", None]
    assert found.notes == (OTHER_SYSTEM,)


def test_a_drug_of_today_counts_as_diabetes_medication() -> None:
    found = read(bundle(m1=None, m2=None, m3=lambda r: r.update(medicationCodeableConcept={"text": "Semaglutide pen"})))
    assert found.encounter["diabetesMed"] == "Yes"
    assert "does not know" in found.notes[0]


def test_a_medication_of_its_own_is_found() -> None:
    changed = bundle(
        m3=lambda r: (r.pop("medicationCodeableConcept"), r.update(medicationReference={"reference": "Medication/d"}))
    )
    changed["entry"].append({"resource": {"resourceType": "Medication", "id": "d", "code": {"text": "Lantus"}}})
    assert read(changed).encounter["insulin"] == "Steady"


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"p1": None}, MissingDataError, "Patient"),
        ({"e1": None}, MissingDataError, "Encounter"),
        ({"p1": lambda r: r.pop("birthDate")}, MissingDataError, "Patient[0].birthDate"),
        ({"e1": lambda r: r["period"].pop("start")}, MissingDataError, "Encounter[0].period.start"),
        ({"c1": None, "c2": None, "c3": None}, MissingDataError, "Condition"),
        ({"e1": lambda r: r["class"].update(code="AMB")}, NotEligibleError, "Encounter[0].class"),
        ({"e1": lambda r: r.update(status="planned")}, NotEligibleError, "Encounter[0].class"),
        ({"c2": lambda r: r.update(subject={"reference": "Patient/p2"})}, InvalidInputError, "Condition[1].subject"),
        ({"k1": lambda r: r.update(beneficiary={"reference": "Patient/p2"})}, REFUSED, "Coverage[0].beneficiary"),
        ({"p1": lambda r: r.update(birthDate="2026-03-07")}, InvalidInputError, "Patient.birthDate"),
        ({"p1": lambda r: r.update(birthDate="1951-02-30")}, InvalidInputError, "Patient[0].birthDate"),
        ({"p1": lambda r: r.update(birthDate=1951)}, InvalidInputError, "Patient[0].birthDate"),
        ({"p1": lambda r: r.update(gender=["female"])}, InvalidInputError, "Patient[0].gender"),
        ({"e1": lambda r: r["period"].update(end="9999-12-31")}, InvalidInputError, "Encounter[0].period.end"),
        ({"e1": lambda r: r["period"].update(end="2026-02-01")}, InvalidInputError, "Encounter[0].period"),
        ({"o1": lambda r: r["valueQuantity"].update(value=math.nan)}, REFUSED, "Observation[0].valueQuantity.value"),
        ({"c1": lambda r: r.update(resourceType="Patient")}, InvalidInputError, "Patient"),
        ({"c1": lambda r: r.update(resourceType="Bundle")}, InvalidInputError, "Bundle.entry[5]"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(changes: dict[str, Any], error: type[ReadmissionError], field: str) -> None:
    with pytest.raises(error) as raised:
        read(bundle(**changes))
    assert type(raised.value) is error
    assert raised.value.problems[0].field == field


def test_more_resources_than_a_patient_has_are_refused() -> None:
    one = {"resource": {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}}}
    with pytest.raises(InvalidInputError, match="too many"):
        read({"resourceType": "Bundle", "entry": [one] * (MOST_RESOURCES + 1)})


@pytest.mark.parametrize(
    ("text", "days"),
    [("2024", 366), ("2023", 365), ("2024-02", 29), ("2024-02-29", 1), ("2024-02-29T10:00:00.123+14:00", 0)],
)
def test_a_date_is_as_exact_as_it_was_written(text: str, days: int) -> None:
    found = read_moment(text)
    assert found is not None
    assert round((found.latest - found.earliest).total_seconds() / 86400) == days


@pytest.mark.parametrize(
    "text",
    [
        "", "0001", "9999-12-31", "2024-02-30", "2024-13", "24-01-01", "2024-01-01T25:00:00Z", "2024-01-01T10:00:00",
        "2024-01-01T10:00:00+99:00", "\u0662\u0660\u0662\u0664", "2024-1-1", "20240101",
    ],
)  # fmt: skip
def test_what_is_no_date_of_a_patient(text: str) -> None:
    assert read_moment(text) is None


def test_ids_are_whole_numbers_the_same_each_time() -> None:
    assert identify("8222157") == 8222157
    assert identify("08222157") != 8222157
    assert identify("a1") == identify("a1") != identify("a2")
    assert identify("") is None
    assert all(0 < (identify(text) or 0) < 2**63 for text in ("9" * 19, "9" * 40, "\ud800", "x"))


def test_damaged_bundles_are_read_or_refused() -> None:
    draw = random.Random(20_261_127)
    leaves: list[Any] = [
        None, True, 7, -1, 10**30, math.inf, math.nan, 0.5, "", "\x00", "\ud800", "x" * 5_000, "Patient/p1",
        "Patient/p9", "IMP", "AMB", "2026-03-03", "9999-12-31", "0001-01-01", "4548-4", "I50.9", "metformin", "Bundle",
        [], {}, [[]],
        {"coding": "x"}, [{"coding": [{"code": 1}]}], {"reference": 7}, [None],
    ]  # fmt: skip
    places = paths(bundle())[1:]
    refused = 0
    for _ in range(1_000):
        document: Any = bundle()
        for path in draw.sample(places, draw.randint(1, 4)):
            put(document, path, draw.choice(leaves))
        refused += not is_read_or_refused(document)
    assert 100 < refused < 1_000


def is_read_or_refused(document: Any) -> bool:
    """True if it was read, false if it was refused with the element named; anything else fails."""
    refusal: ReadmissionError | None = None
    try:
        found = read(document)
    except ReadmissionError as error:
        refusal = error
    if refusal is not None:
        assert refusal.problems, refusal
        assert refusal.http_status in (412, 422), refusal
        return False
    assert check_encounter(found.encounter) == ()
    assert [source.field for source in found.sources] == SCORED
    return True


def paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [at, *(path for key, child in inner for path in paths(child, (*at, key)))]


def put(document: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put a value at a place that an earlier damage may have taken away."""
    with contextlib.suppress(KeyError, IndexError, TypeError):
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value
