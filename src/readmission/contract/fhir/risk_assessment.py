"""A prediction as a RiskAssessment of FHIR R4."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from readmission.contract.fhir.encounter import FhirEncounter
from readmission.contract.prediction import Prediction

WINDOW = timedelta(days=30)
_QUALITATIVE = "http://terminology.hl7.org/CodeSystem/risk-probability"
IDENTIFIER_SYSTEM = "urn:ietf:rfc:3986"


def write_risk_assessment(prediction: Prediction, read: FhirEncounter, reasons: Iterable[str] = ()) -> dict[str, Any]:
    """The resource: who, which stay, by which model, how likely, until when and why.

    Args:
        prediction: the stored answer.
        read: the encounter it was made for.
        reasons: titles of the largest reasons.
    """
    is_flagged = prediction.decision == "flag"
    code, display = ("high", "High likelihood") if is_flagged else ("low", "Low likelihood")
    titles = list(reasons)
    start = read.discharged_at
    outcome: dict[str, Any] = {
        "outcome": {"text": "Unplanned or planned inpatient readmission within 30 days"},
        "probabilityDecimal": round(prediction.risk_30d, 6),
        "qualitativeRisk": {"coding": [{"system": _QUALITATIVE, "code": code, "display": display}]},
        "whenPeriod": {"start": start.isoformat(), "end": (start + WINDOW).isoformat()},
    }
    if titles:
        outcome["rationale"] = "; ".join(titles)
    assumed = [f"{each.field}: {each.said}" for each in read.assumed]
    resource: dict[str, Any] = {
        "resourceType": "RiskAssessment",
        "identifier": [{"system": IDENTIFIER_SYSTEM, "value": f"urn:uuid:{prediction.prediction_id}"}],
        "status": "final",
        "method": {"text": f"{prediction.model_name} version {prediction.model_version}"},
        "subject": {"reference": f"Patient/{read.patient_id}"},
        "encounter": {"reference": f"Encounter/{read.encounter_id}"},
        "occurrenceDateTime": prediction.created_at.isoformat(),
        "basis": [{"reference": f"Patient/{read.patient_id}"}, {"reference": f"Encounter/{read.encounter_id}"}],
        "prediction": [outcome],
    }
    if assumed:
        resource["note"] = [{"text": "Assumed, because the chart does not say: " + "; ".join(assumed)}]
    return resource
