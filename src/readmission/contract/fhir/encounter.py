"""FHIR R4 resources of one patient to the encounter that is scored; nothing is assumed without saying so.

Every column comes out with where it came from: ``given`` by the EHR, ``assumed``, or ``missing``. Pure: no clock, no
network; the caller says what time it is. What each column is read from stands in :mod:`.fhir_sources`.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from readmission.contract.encounter import (
    AGE_BANDS,
    BY_NAME,
    DIAGNOSES,
    DIAGNOSIS_SYSTEM,
    DRUGS,
    ICD9CM,
    NOT_MEASURED,
)
from readmission.contract.fhir import codes as known
from readmission.contract.fhir.diagnoses import read_diagnoses
from readmission.contract.fhir.drugs import read_drugs
from readmission.contract.fhir.elements import Coding, Element, Resources, collect_resources
from readmission.contract.fhir.laboratory import read_laboratory
from readmission.contract.fhir.sources import MEDIAN_LABORATORY_TESTS, MEDIAN_MEDICATIONS
from readmission.contract.fhir.stay import count_earlier, find_patient, find_stay, leads_in, refuse_other_patients
from readmission.errors import FieldProblem, InvalidInputError

Status = Literal["given", "assumed", "missing"]
_BIGINT_MAX = 2**63 - 1
_NUMBER = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_RESULT_TIMES = ("effectiveDateTime", "issued")


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where one column's value came from; the value itself is in the encounter."""

    field: str
    status: Status
    said: str
    """The element it was read from, or what was assumed and why."""


@dataclass(frozen=True, slots=True)
class FhirEncounter:
    """An encounter read from FHIR.

    Attributes:
        encounter: the fields to send to ``POST /predict``; missing ones are left out.
        sources: one entry for each column, in the contract's order.
        notes: what no column shows: diagnoses that could not be used, drugs without a column.
        patient_id: id of the Patient.
        encounter_id: id of the Encounter.
        discharged_at: end of the stay, or the time of the call.
    """

    encounter: dict[str, Any]
    sources: tuple[FieldSource, ...]
    notes: tuple[str, ...]
    patient_id: str
    encounter_id: str
    discharged_at: datetime

    @property
    def assumed(self) -> tuple[FieldSource, ...]:
        """What was assumed."""
        return tuple(source for source in self.sources if source.status == "assumed")

    @property
    def missing(self) -> tuple[FieldSource, ...]:
        """What is scored as missing."""
        return tuple(source for source in self.sources if source.status == "missing")


def read_encounter(
    parts: Iterable[Any],
    now: datetime,
    *,
    encounter_id: str | None = None,
    patient_id: str | None = None,
    laboratory_tests: int | None = None,
) -> FhirEncounter:
    """Read one stay from bundles and resources of its patient.

    Args:
        parts: decoded JSON of bundles and resources.
        now: the time of the call, with a time zone: the end of a stay that has none.
        encounter_id: which Encounter; by default the only one, or the latest inpatient stay.
        patient_id: whose; by default that of the only Patient.
        laboratory_tests: total of a search for laboratory results of the stay, if there was one.

    Raises:
        InvalidInputError: an element cannot be read, or the resources are of several patients.
        MissingDataError: what a score needs is not there.
        NotEligibleError: no inpatient stay, or the patient died or left for hospice.
    """
    resources = collect_resources(parts)
    patient = find_patient(resources, patient_id)
    refuse_other_patients(resources, patient.text("id") or "")
    stay = find_stay(resources, encounter_id)
    return _Reader(resources, patient, stay, now).read(laboratory_tests)


def identify(text: str) -> int | None:
    """A FHIR id as the whole number our records keep: digits as they are, any other id by its SHA-256."""
    if not text:
        return None
    if _NUMBER.fullmatch(text) and int(text) <= _BIGINT_MAX:
        return int(text)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]) >> 1 or 1


class _Reader:
    """Reads the columns one after another and writes down where each came from."""

    def __init__(self, resources: Resources, patient: Element, stay: Element, now: datetime) -> None:
        self._resources = resources
        self._patient = patient
        self._stay = stay
        self._id = stay.text("id") or ""
        period = stay.child("period")
        start = period.moment("start")
        if start is None:
            raise stay.missing("period.start", "when the stay began")
        end = period.moment("end")
        self._start = start
        self._has_end = end is not None
        self._end = end.latest if end else now
        if self._end < self._start.earliest:
            problem = FieldProblem(f"{stay.path}.period", "ends before it begins")
            raise InvalidInputError("The stay ends before it begins", (problem,))
        self._values: dict[str, Any] = {}
        self._sources: dict[str, FieldSource] = {}
        self._notes: list[str] = []

    def read(self, laboratory_tests: int | None) -> FhirEncounter:
        """All columns."""
        self._set("encounter_id", identify(self._id), "Encounter.id")
        self._set("patient_nbr", identify(self._patient.text("id") or ""), "Patient.id")
        self._read_person()
        self._read_stay()
        self._read_payer_and_specialty()
        self._read_counts(laboratory_tests)
        self._read_earlier_visits()
        self._read_diagnoses()
        self._read_laboratory()
        self._read_drugs()
        return FhirEncounter(
            encounter=self._values,
            sources=tuple(self._sources[name] for name in BY_NAME if name in self._sources),
            notes=tuple(self._notes),
            patient_id=self._patient.text("id") or "",
            encounter_id=self._id,
            discharged_at=self._end,
        )

    def _set(self, name: str, value: Any, said: str, *, assumed: bool = False) -> None:
        """Keep a value and where it came from; None is missing."""
        status: Status = "missing" if value is None else "assumed" if assumed else "given"
        self._sources[name] = FieldSource(name, status, said)
        if value is not None:
            self._values[name] = value

    def _assume(self, name: str, value: Any, said: str) -> None:
        self._set(name, value, said, assumed=True)

    def _set_count(self, name: str, count: int, said: str) -> None:
        most = BY_NAME[name].maximum or 0
        if count > most:
            self._assume(name, most, f"more than {most}, the most the model takes")
        else:
            self._set(name, count, said)

    def _read_person(self) -> None:
        race, said, assumed = self._find_race()
        self._set("race", race, said, assumed=assumed)
        gender = known.GENDERS.get(self._patient.text("gender") or "")
        if gender:
            self._set("gender", gender, "Patient.gender")
        else:
            self._assume("gender", "Unknown/Invalid", "Patient.gender is neither female nor male")
        born = self._patient.moment("birthDate")
        if born is None:
            raise self._patient.missing("birthDate", "a date of birth")
        oldest = _years_between(born.earliest, self._start.latest)
        youngest = _years_between(born.latest, self._start.earliest)
        if youngest < 0:
            problem = FieldProblem("Patient.birthDate", "is after the stay began")
            raise InvalidInputError("The patient is born after the stay began", (problem,))
        band, other = (AGE_BANDS[min(age // 10, len(AGE_BANDS) - 1)] for age in (oldest, youngest))
        if band != other:
            self._assume("age", band, "Patient.birthDate is not exact: the older of two bands")
        elif oldest >= 100:
            self._assume("age", band, "100 years or more: the oldest band there is")
        else:
            self._set("age", band, "Patient.birthDate")
        self._set("weight", None, "not asked for")

    def _find_race(self) -> tuple[str | None, str, bool]:
        found: dict[str, list[Coding]] = {}
        for extension in self._patient.children("extension"):
            if (url := extension.text("url") or "") in (known.US_CORE_RACE, known.US_CORE_ETHNICITY):
                parts = extension.children("extension")
                found[url] = [part.child("valueCoding").coding() for part in parts if part.text("url") == "ombCategory"]
        if any(coding.code == known.HISPANIC for coding in found.get(known.US_CORE_ETHNICITY, ())):
            return "Hispanic", "us-core-ethnicity", False
        codes = found.get(known.US_CORE_RACE, ())
        races = {known.RACES[coding.code] for coding in codes if coding.code in known.RACES}
        if len(races) > 1:
            return "Other", "several races in us-core-race", True
        return (races.pop(), "us-core-race", False) if races else (None, "no us-core-race that says one", False)

    def _read_stay(self) -> None:
        self._read_code("admission_type_id", self._stay.codings("priority"), known.PRIORITIES, "Encounter.priority")
        if "admission_type_id" not in self._values:
            self._assume(
                "admission_type_id", known.NOT_AVAILABLE_TYPE, "Encounter.priority says no type: not available"
            )
        hospitalization = self._stay.child("hospitalization")
        where = "Encounter.hospitalization.dischargeDisposition"
        codings = hospitalization.codings("dischargeDisposition")
        self._read_code("discharge_disposition_id", codings, known.DISPOSITIONS, where)
        if self._died_in_stay():
            self._set("discharge_disposition_id", known.EXPIRED, "Patient.deceased[x]")
        if "discharge_disposition_id" not in self._values:
            self._assume("discharge_disposition_id", known.NOT_RECORDED_DISPOSITION, f"{where} says none: not recorded")
        source = "Encounter.hospitalization.admitSource"
        self._read_code("admission_source_id", hospitalization.codings("admitSource"), known.ADMIT_SOURCES, source)
        if "admission_source_id" not in self._values:
            if any(leads_in(each, self._start) for each in self._resources.all("Encounter")):
                self._assume("admission_source_id", known.EMERGENCY_ROOM, "an emergency visit led to the stay")
            else:
                self._assume("admission_source_id", known.NOT_RECORDED_SOURCE, f"{source} says none: not recorded")
        days = max((self._end.date() - self._start.earliest.date()).days, 1)
        longest = BY_NAME["time_in_hospital"].maximum or 0
        if days > longest:
            self._assume("time_in_hospital", longest, f"longer than {longest} days, the longest the model takes")
        elif self._has_end:
            self._set("time_in_hospital", days, "Encounter.period")
        else:
            self._assume("time_in_hospital", days, "Encounter.period has no end: until now")

    def _read_code(self, name: str, codings: list[Coding], maps: Mapping[str, Mapping[str, Any]], said: str) -> None:
        for coding in codings:
            value = maps.get(coding.system, {}).get(coding.code)
            if value is not None:
                self._set(name, value, said)
                return

    def _died_in_stay(self) -> bool:
        died = self._patient.moment("deceasedDateTime")
        if died is not None:
            return died.earliest <= self._end
        # Without a date: in the last visit there is.
        starts = [each.child("period").moment("start") for each in self._resources.all("Encounter")]
        is_last = not any(start is not None and start.earliest > self._end for start in starts)
        return bool(self._patient.boolean("deceasedBoolean")) and is_last

    def _read_payer_and_specialty(self) -> None:
        active = [each for each in self._resources.all("Coverage") if each.text("status") in ("active", None)]
        active.sort(key=lambda each: each.number("order") or 1e6)
        payer = next((code for each in active if (code := _payer(each))), None)
        said = "Coverage" if payer else "no active Coverage says who pays"
        self._set("payer_code", payer, said)
        codings = self._stay.codings("serviceType")
        for role in self._resources.all("PractitionerRole"):
            codings += _codings(role.children("specialty"))
        codes = (coding.code for coding in codings if coding.system == known.NUCC)
        found = next((known.SPECIALTIES[code] for code in codes if code in known.SPECIALTIES), None)
        said = "Encounter.serviceType or PractitionerRole.specialty" if found else "no specialty in NUCC codes"
        self._set("medical_specialty", found, said)

    def _of_stay(self, element: Element, *names: str) -> bool:
        """True if a resource belongs to the stay: by its reference, or else by its time."""
        reference = self._resources.resolve(element.reference("encounter"))
        if reference is not None:
            return reference == self._id
        for name in names:
            moment = element.moment(name)
            if moment is not None:
                return moment.latest >= self._start.earliest and moment.earliest <= self._end
        return False

    def _read_counts(self, laboratory_tests: int | None) -> None:
        results = [
            result
            for result in self._resources.all("Observation")
            if any(coding.code == known.LABORATORY for coding in _codings(result.children("category")))
            and self._of_stay(result, *_RESULT_TIMES)
        ]
        asked_for = known.HBA1C_CODES | known.GLUCOSE_CODES
        # If all are of the two tests the model reads, that is what was asked for, not all there is.
        is_all = any(coding.code not in asked_for for result in results for coding in result.codings("code"))
        if laboratory_tests:
            self._set_count("num_lab_procedures", laboratory_tests, "laboratory Observations of the stay")
        elif is_all:
            self._set_count("num_lab_procedures", len(results), "laboratory Observations of the stay")
        else:
            said = "no laboratory Observation of the stay but HbA1c and glucose: the median of the training data"
            self._assume("num_lab_procedures", MEDIAN_LABORATORY_TESTS, said)
        procedures = self._resources.all("Procedure")
        done = sum(
            self._of_stay(each, "performedDateTime") or self._of_stay(each.child("performedPeriod"), "start")
            for each in procedures
            if each.text("status") not in ("entered-in-error", "not-done", "preparation")
        )
        if procedures:
            self._set_count("num_procedures", done, "Procedure")
        else:
            self._assume("num_procedures", 0, "no Procedure was given: counted as none")

    def _read_earlier_visits(self) -> None:
        others = [each for each in self._resources.all("Encounter") if each is not self._stay]
        earlier = count_earlier(others, self._start)
        for kind, count in earlier.items():
            if others:
                self._set_count(f"number_{kind}", count, "earlier Encounters")
            else:
                self._assume(f"number_{kind}", 0, "no earlier Encounter was given: counted as none")

    def _read_diagnoses(self) -> None:
        found = read_diagnoses(self._resources, self._stay, self._id, self._end)
        if not found.conditions:
            raise Element({}, "Condition").missing("", "the diagnoses of the stay")
        for position, name in enumerate(DIAGNOSES):
            if position < len(found.codes):
                self._set(name, found.codes[position], "Condition.code")
            else:
                self._set(name, None, "no further diagnosis in ICD-10-CM or ICD-9-CM")
        if found.codes and found.system != ICD9CM:
            self._values[DIAGNOSIS_SYSTEM] = found.system
        self._set_count("number_diagnoses", found.conditions, "Condition")
        self._notes += found.notes

    def _read_laboratory(self) -> None:
        results = [each for each in self._resources.all("Observation") if self._of_stay(each, *_RESULT_TIMES)]
        found = read_laboratory(results)
        if found.glucose_band:
            self._set("max_glu_serum", found.glucose_band, "Observation 2345-7, 2339-0")
        else:
            self._assume("max_glu_serum", NOT_MEASURED, "no glucose of the stay: not measured")
        if found.hba1c_band:
            self._set("A1Cresult", found.hba1c_band, "Observation 4548-4")
        else:
            self._assume("A1Cresult", NOT_MEASURED, "no HbA1c of the stay: not measured")
        self._notes += found.notes

    def _read_drugs(self) -> None:
        drugs = read_drugs(self._resources, self._start.earliest, self._end, self._id or None)
        given = bool(self._resources.all("MedicationRequest"))
        for name in DRUGS:
            if name in drugs.states:
                self._set(name, drugs.states[name], "MedicationRequest")
            else:
                said = "no MedicationRequest names it" if given else "no MedicationRequest was given: counted as No"
                self._set(name, "No", said, assumed=not given)
        changed = "Ch" if drugs.changed else "No"
        if drugs.has_earlier or drugs.changed or (given and not drugs.any_drug):
            self._set("change", changed, "MedicationRequest")
        else:
            self._assume("change", changed, "no order from before the stay to compare with: counted as unchanged")
        self._set("diabetesMed", "Yes" if drugs.any_drug else "No", "MedicationRequest", assumed=not given)
        if drugs.medications:
            self._set_count("num_medications", drugs.medications, "MedicationRequest")
        else:
            said = "no MedicationRequest of the stay: the median of the training data"
            self._assume("num_medications", MEDIAN_MEDICATIONS, said)
        if drugs.without_column:
            self._notes.append("a diabetes drug the model does not know counts as diabetes medication only")
        if drugs.unnamed:
            self._notes.append("a MedicationRequest has no name or code; whether it is a diabetes drug is not known")


def _codings(concepts: list[Element]) -> list[Coding]:
    return [each.coding() for concept in concepts for each in concept.children("coding")]


def _payer(coverage: Element) -> str | None:
    for coding in coverage.codings("type"):
        code = known.PAYERS.get(coding.system, {}).get(coding.code)
        if code:
            return code
    words = " ".join([*coverage.words("type"), *(each.text("display") or "" for each in coverage.children("payor"))])
    return next((code for word, code in known.PAYER_WORDS.items() if word in words.lower()), None)


def _years_between(born: datetime, at: datetime) -> int:
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))
