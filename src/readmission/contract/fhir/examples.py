"""A made-up patient with diabetes, leaving hospital, in FHIR R4: used by tests, documentation and calls alike."""

from typing import Any

_ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_PATIENT = {"reference": "Patient/p1"}
_STAY = {"reference": "Encounter/e1"}


def _encounter(name: str, code: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    return {
        "resourceType": "Encounter", "id": name, "status": "finished", "class": {"system": system, "code": code},
        "subject": _PATIENT, "period": {"start": start, "end": end}, **more,
    }  # fmt: skip


def _condition(name: str, code: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition", "id": name, "subject": _PATIENT, "encounter": _STAY,
        "code": {"coding": [{"system": _ICD10, "code": code}]},
    }  # fmt: skip


def _result(name: str, code: str, value: float, unit: str) -> dict[str, Any]:
    category = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]
    }
    return {
        "resourceType": "Observation", "id": name, "status": "final", "category": [category], "subject": _PATIENT,
        "encounter": _STAY, "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "effectiveDateTime": "2026-03-03T07:00:00Z",
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    }  # fmt: skip


def _order(name: str, code: str, display: str, at: str, dose: float, **more: Any) -> dict[str, Any]:
    repeat = {"frequency": 2, "period": 1, "periodUnit": "d"}
    instruction = {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg"}}]}
    return {
        "resourceType": "MedicationRequest", "id": name, "status": "active", "intent": "order", "subject": _PATIENT,
        "medicationCodeableConcept": {"coding": [{"system": _RXNORM, "code": code, "display": display}]},
        "authoredOn": at, "dosageInstruction": [instruction], **more,
    }  # fmt: skip


PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "gender": "female",
    "birthDate": "1951-08-14",
    "extension": [
        {
            "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
            "extension": [
                {"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3"}},
                {"url": "text", "valueString": "White"},
            ],
        }
    ],
}
STAY: dict[str, Any] = _encounter(
    "e1",
    "IMP",
    "2026-03-01T22:30:00-05:00",
    "2026-03-06T11:00:00-05:00",
    priority={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActPriority", "code": "EM"}]},
    hospitalization={
        "admitSource": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/admit-source", "code": "emd"}]},
        "dischargeDisposition": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/discharge-disposition", "code": "home"}]
        },
    },
    diagnosis=[
        {"condition": {"reference": "Condition/c2"}, "rank": 1},
        {"condition": {"reference": "Condition/c1"}, "rank": 2},
    ],
)
RESOURCES: list[dict[str, Any]] = [
    PATIENT,
    STAY,
    _encounter("e2", "IMP", "2025-10-02T10:00:00Z", "2025-10-06T10:00:00Z"),
    _encounter("e3", "EMER", "2025-12-24T20:00:00Z", "2025-12-25T02:00:00Z"),
    _encounter("e4", "AMB", "2026-01-15T09:00:00Z", "2026-01-15T09:30:00Z"),
    _condition("c1", "E11.65"),
    _condition("c2", "I50.9"),
    _condition("c3", "N18.3"),
    _result("o1", "4548-4", 8.6, "%"),
    _result("o2", "2345-7", 245, "mg/dL"),
    _order("m1", "860975", "metformin hydrochloride 500 MG Oral Tablet", "2025-06-01", 500),
    _order("m2", "860975", "metformin hydrochloride 500 MG Oral Tablet", "2026-03-05", 1000, encounter=_STAY),
    _order("m3", "197361", "amlodipine 5 MG Oral Tablet", "2026-03-02", 5, encounter=_STAY),
    {
        "resourceType": "Procedure", "id": "x1", "status": "completed", "subject": _PATIENT, "encounter": _STAY,
        "code": {"text": "Echocardiography"}, "performedDateTime": "2026-03-03",
    },
    {
        "resourceType": "Coverage", "id": "k1", "status": "active", "beneficiary": _PATIENT,
        "payor": [{"display": "Medicare"}], "type": {"coding": [{"system": "https://nahdo.org/sopt", "code": "1"}]},
    },
]  # fmt: skip
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"fullUrl": f"https://ehr.example/{each['resourceType']}/{each['id']}", "resource": each} for each in RESOURCES
    ],
}
