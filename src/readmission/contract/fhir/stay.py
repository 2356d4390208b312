"""The patient, the stay and the visits before it, among the resources of a bundle."""

from datetime import timedelta
from typing import Literal

from readmission.contract.fhir import codes as known
from readmission.contract.fhir.elements import Element, Moment, Resources
from readmission.errors import FieldProblem, InvalidInputError, NotEligibleError

VisitClass = Literal["inpatient", "emergency", "outpatient"]
_YEAR = timedelta(days=365)
_LEADS_IN = timedelta(days=1)
"""An emergency visit that ends within a day of the admission led to it."""


def find_patient(resources: Resources, patient_id: str | None) -> Element:
    """The one patient.

    Raises:
        MissingDataError: there is none.
        InvalidInputError: there are several, or it is not the one asked about.
    """
    patients = resources.all("Patient")
    if not patients:
        raise Element({}, "Patient").missing("", "one Patient")
    if len(patients) > 1:
        problem = FieldProblem("Patient", "there is more than one", "the resources of one patient")
        raise InvalidInputError("The resources are of several patients", (problem,))
    if patient_id is not None and patients[0].text("id") != patient_id:
        problem = FieldProblem("Patient.id", "is another patient than the one asked about")
        raise InvalidInputError("The resources are of another patient", (problem,))
    return patients[0]


def refuse_other_patients(resources: Resources, patient_id: str) -> None:
    """Refuse a mix of patients.

    Raises:
        InvalidInputError: a resource names another patient.
    """
    for kind in ("Encounter", "Condition", "Observation", "MedicationRequest", "Procedure", "Coverage"):
        owner = "beneficiary" if kind == "Coverage" else "subject"
        for element in resources.all(kind):
            named = resources.resolve(element.reference(owner))
            if named is not None and named != patient_id:
                problem = FieldProblem(f"{element.path}.{owner}", "names another patient", "one patient's resources")
                raise InvalidInputError("The resources are of several patients", (problem,))


def find_stay(resources: Resources, encounter_id: str | None) -> Element:
    """The stay to be scored: the one named, the only one, or the latest inpatient stay.

    Raises:
        MissingDataError: there is none, or nobody knows when it began.
        NotEligibleError: it is no inpatient stay, or never was.
    """
    encounters = resources.all("Encounter")
    if encounter_id is not None:
        wanted = resources.resolve(encounter_id)
        stays = [each for each in encounters if each.text("id") == wanted]
    else:
        stays = encounters if len(encounters) == 1 else [each for each in encounters if class_of(each) == "inpatient"]
    if not stays:
        raise Element({}, "Encounter").missing("", "the stay that ends")
    started = [
        (moment.earliest.timestamp(), stay) for stay in stays if (moment := stay.child("period").moment("start"))
    ]
    if not started:
        raise stays[0].missing("period.start", "when the stay began")
    stay = max(started, key=lambda each: each[0])[1]
    if (stay.text("status") or "") in known.DEAD_STATUSES or class_of(stay) != "inpatient":
        problem = FieldProblem(
            f"{stay.path}.class", "is not an inpatient stay that took place", "IMP, ACUTE, NONAC, SS"
        )
        raise NotEligibleError("Only inpatient stays are scored", (problem,))
    return stay


def class_of(encounter: Element) -> VisitClass | None:
    """What kind of visit it is, or None if its class is not known."""
    code = encounter.child("class").coding().code
    if code in known.INPATIENT_CLASSES:
        return "inpatient"
    if code in known.EMERGENCY_CLASSES:
        return "emergency"
    return "outpatient" if code in known.OUTPATIENT_CLASSES else None


def took_place(encounter: Element) -> bool:
    """True unless it was planned only, or entered in error."""
    return (encounter.text("status") or "") not in known.DEAD_STATUSES


def leads_in(visit: Element, start: Moment) -> bool:
    """True if a visit to the emergency room ended in the admission."""
    period = visit.child("period")
    began, ended = period.moment("start"), period.moment("end")
    if class_of(visit) != "emergency" or not took_place(visit) or began is None or began.earliest > start.latest:
        return False
    return (ended or began).latest >= start.earliest - _LEADS_IN


def count_earlier(visits: list[Element], start: Moment) -> dict[VisitClass, int]:
    """Visits of each kind in the year before a stay, without the one that led to it."""
    counts: dict[VisitClass, int] = {"outpatient": 0, "emergency": 0, "inpatient": 0}
    for visit in visits:
        began, kind = visit.child("period").moment("start"), class_of(visit)
        if began is None or kind is None or not took_place(visit) or leads_in(visit, start):
            continue
        if start.earliest - _YEAR <= began.earliest < start.earliest:
            counts[kind] += 1
    return counts
