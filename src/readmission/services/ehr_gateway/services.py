"""The two CDS services: what they are called, when an EHR calls them, and what it should send along."""

from typing import Any, Literal, NamedTuple
from urllib.parse import quote

PREFETCH: dict[str, str] = {
    "patient": "Patient/{{context.patientId}}",
    "encounter": "Encounter/{{context.encounterId}}",
    "encounters": "Encounter?patient={{context.patientId}}&_sort=-date&_count=200",
    "conditions": "Condition?patient={{context.patientId}}&_count=500",
    "results": "Observation?patient={{context.patientId}}&code=http://loinc.org|4548-4,http://loinc.org|2345-7,"
    "http://loinc.org|2339-0&_sort=-date&_count=200",
    "laboratory": "Observation?encounter={{context.encounterId}}&category=laboratory&_summary=count",
    "medications": "MedicationRequest?patient={{context.patientId}}&_sort=-authoredon&_count=500",
    "procedures": "Procedure?encounter={{context.encounterId}}&_count=200",
    "coverage": "Coverage?beneficiary={{context.patientId}}&status=active",
}
"""Without the clock: searches are newest first and bounded, so that a year is there and a template stays simple."""
NEEDED = ("patient", "encounter", "conditions")
COUNT = "laboratory"
"""Only its total counts."""


class HookService(NamedTuple):
    """One CDS service."""

    hook: Literal["encounter-discharge", "patient-view"]
    title: str
    description: str


SERVICES: dict[str, HookService] = {
    "readmission-at-discharge": HookService(
        "encounter-discharge",
        "Readmission within 30 days",
        "For a patient with diabetes who leaves hospital: the risk of coming back within 30 days, and why.",
    ),
    "readmission-in-chart": HookService(
        "patient-view",
        "Readmission within 30 days, so far",
        "The same for a stay that is not over: what is not known yet is assumed, and said.",
    ),
}


def describe_services() -> dict[str, Any]:
    """What ``GET /cds-services`` answers."""
    described = [{"id": name, **service._asdict(), "prefetch": PREFETCH} for name, service in SERVICES.items()]
    return {"services": described}


def fill_template(name: str, patient_id: str, encounter_id: str) -> str:
    """The query of one prefetch template."""
    ids = {"{{context.patientId}}": patient_id, "{{context.encounterId}}": encounter_id}
    query = PREFETCH[name]
    for token, value in ids.items():
        query = query.replace(token, quote(value, safe=""))
    return query
