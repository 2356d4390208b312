"""The card a clinician sees, with the suggestion that writes the RiskAssessment into the chart."""

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from readmission.client import ReasonPart
from readmission.contract.fhir.encounter import FhirEncounter
from readmission.contract.fhir.risk_assessment import write_risk_assessment
from readmission.contract.prediction import Prediction

LONGEST_SUMMARY = 140
REASONS = 3
SOURCE_TITLE = "readmission"
OVERRIDE_REASONS = {
    "not-applicable": "The risk does not apply to this patient",
    "already-planned": "Follow-up is already planned",
    "data-wrong": "The data behind it are wrong or missing",
}
_SYSTEM = "urn:readmission:override-reason"


def write_card(
    prediction: Prediction, read: FhirEncounter, reasons: Iterable[ReasonPart], page_url: str
) -> dict[str, Any]:
    """One card of CDS Hooks 2.0; ``uuid`` is the prediction's id."""
    largest = sorted((each for each in reasons if each["contribution"] > 0), key=lambda each: -each["contribution"])
    titles = [each["title"] for each in largest[:REASONS]]
    is_flagged = prediction.decision == "flag"
    words = "above" if is_flagged else "below"
    summary = (
        # To a tenth of a point: 16.6 % and a threshold of 16.7 % are not both 17 %.
        f"Readmission within 30 days: {prediction.risk_30d:.1%}, {words} the threshold ({prediction.threshold:.1%})"
    )
    identifier = str(prediction.prediction_id)
    assessment = write_risk_assessment(prediction, read, titles)
    return {
        "uuid": identifier,
        "summary": summary[: LONGEST_SUMMARY - 1],
        "detail": _write_detail(prediction, read, largest[:REASONS]),
        "indicator": "warning" if is_flagged else "info",
        "source": {"label": f"{SOURCE_TITLE}, version {prediction.model_version}", "url": page_url},
        "selectionBehavior": "any",
        "suggestions": [
            {
                "label": "Write the risk into the chart",
                "uuid": str(uuid5(NAMESPACE_URL, f"urn:uuid:{identifier}")),
                "actions": [{"type": "create", "description": "Create the RiskAssessment", "resource": assessment}],
            }
        ],
        "overrideReasons": [
            {"system": _SYSTEM, "code": code, "display": display} for code, display in OVERRIDE_REASONS.items()
        ],
        "extension": {
            "readmission.sources": [
                {"field": each.field, "status": each.status, "said": each.said}
                for each in (*read.assumed, *read.missing)
            ]
        },
        "links": [{"label": "Open the page", "url": page_url, "type": "absolute"}],
    }


def _write_detail(prediction: Prediction, read: FhirEncounter, reasons: list[ReasonPart]) -> str:
    lines = [f"Risk at any later time: {prediction.risk_any:.0%}."]
    if reasons:
        lines.append("Largest reasons:")
        lines += [f"- {each['title']} (+{100 * each['contribution']:.1f} points)" for each in reasons]
    if read.assumed:
        lines.append("Assumed, because the chart does not say:")
        lines += [f"- {each.field}: {each.said}" for each in read.assumed]
    if read.missing:
        lines.append("Scored as missing: " + ", ".join(each.field for each in read.missing) + ".")
    lines += [f"Note: {note}." for note in read.notes]
    lines += [f"Warning, {each.field}: {each.warning}." for each in prediction.warnings]
    return "\n".join(lines)
