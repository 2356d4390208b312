"""Where each column of an encounter comes from in FHIR, what is assumed without it, and what cannot be known."""

from dataclasses import dataclass

from readmission.contract.encounter import DRUGS

MEDIAN_LABORATORY_TESTS = 44
MEDIAN_MEDICATIONS = 15
"""Medians of the training data; assumed if the bundle holds nothing to count."""


@dataclass(frozen=True, slots=True)
class FhirSource:
    """What one column is read from.

    Attributes:
        where: elements of FHIR R4.
        rule: how they become the column's value.
        otherwise: what is assumed, or that the score is refused, if they are absent; always said in the answer.
        unknowable: what FHIR cannot tell, or tells otherwise than the data set.
    """

    where: str
    rule: str
    otherwise: str
    unknowable: str = ""


_ID_RULE = "digits as they are; any other id becomes 63 bits of its SHA-256, the same each time"
_VISITS = "`Encounter.class`, `Encounter.period`"
_MISSING = "missing, scored as such"
_DRUG = FhirSource(
    "`MedicationRequest.medicationCodeableConcept`, `dosageInstruction`, `authoredOn`",
    "RxNorm ingredient, or the name in display or text; Up or Down if the daily dose of the last order is higher or"
    " lower than that of the first, else Steady",
    "No, assumed if the bundle has no MedicationRequest",
    "a product coded in RxNorm without a name; doses given as text",
)
_NO_SUCH_DRUG = FhirSource("nothing", "always No", "No", "no drug of this name is known")
_COMBINATION = FhirSource(
    _DRUG.where, "both names in one order; read as for a single drug", _DRUG.otherwise, _DRUG.unknowable
)
_DIAGNOSIS = FhirSource(
    "`Encounter.diagnosis` by rank, then `Condition.code` of the stay, then active Conditions",
    "ICD-10-CM or ICD-9-CM codes in that order; both go through `diagnosis_system`",
    _MISSING,
    "SNOMED CT is not translated: no official map to ICD-10-CM fits a program without a coder",
)

SOURCES: dict[str, FhirSource] = {
    "encounter_id": FhirSource("`Encounter.id`", _ID_RULE, "left out"),
    "patient_nbr": FhirSource("`Patient.id`", _ID_RULE, "left out"),
    "race": FhirSource(
        "`Patient.extension` us-core-race and us-core-ethnicity",
        "Hispanic ethnicity counts first, as in the data set; of several races, Other",
        _MISSING,
        "the data set knows one word for race and ethnicity together",
    ),
    "gender": FhirSource("`Patient.gender`", "female, male", "Unknown/Invalid, assumed"),
    "age": FhirSource(
        "`Patient.birthDate`, `Encounter.period.start`",
        "whole years at admission, in bands; 100 and more as [90-100)",
        "refused: missing-data",
        "a year of birth alone: the older band, assumed",
    ),
    "weight": FhirSource("nothing", "always missing", _MISSING, "recorded for 3 % of the data set; not asked for"),
    "admission_type_id": FhirSource(
        "`Encounter.priority`",
        "v3-ActPriority, NUBC, HL7 v2-0007",
        "5 (not available), assumed",
    ),
    "discharge_disposition_id": FhirSource(
        "`Encounter.hospitalization.dischargeDisposition`, `Patient.deceased[x]`",
        "HL7 discharge-disposition, NUBC, HL7 v2-0112; a deceased patient is not eligible",
        "18 (not recorded), assumed",
        "a planned readmission (NUBC 81 to 95) counts as the same place without one",
    ),
    "admission_source_id": FhirSource(
        "`Encounter.hospitalization.admitSource`; an emergency visit that ends within a day of the admission",
        "HL7 admit-source, NUBC",
        "7 (emergency room) after such a visit, else 17 (not recorded); both assumed",
    ),
    "time_in_hospital": FhirSource(
        "`Encounter.period`",
        "days between the dates of start and end, at least 1; more than 14 as 14, assumed",
        "without an end, until the call, assumed; without a start refused: missing-data",
        "the data set has no stay of more than 14 days",
    ),
    "payer_code": FhirSource(
        "`Coverage.type`, `Coverage.payor.display` of an active Coverage",
        "SOPT, v3-ActCode, or Medicare, Medicaid and Blue Cross by name",
        _MISSING,
        "which of several payers pays, unless `Coverage.order` says so",
    ),
    "medical_specialty": FhirSource(
        "`Encounter.serviceType`, `PractitionerRole.specialty`",
        "NUCC taxonomy",
        _MISSING,
        "who admitted the patient",
    ),
    "num_lab_procedures": FhirSource(
        "the total of a search for laboratory Observations of the stay, or those in the bundle",
        "their number; more than 200 as 200, assumed",
        f"{MEDIAN_LABORATORY_TESTS} (median of the training data), assumed; also beside HbA1c and glucose alone",
        "the data set counts orders of its time, not results",
    ),
    "num_procedures": FhirSource(
        "`Procedure` of the stay", "their number; more than 50 as 50, assumed", "0, assumed if the bundle has none"
    ),
    "num_medications": FhirSource(
        "`MedicationRequest` of the stay, or active",
        "different medications; more than 200 as 200, assumed",
        f"{MEDIAN_MEDICATIONS} (median of the training data), assumed",
        "what was given without an order",
    ),
    "number_outpatient": FhirSource(
        _VISITS, "AMB, VR, HH, FLD, OBSENC in the year before the stay", "0, assumed if no earlier encounter is there"
    ),
    "number_emergency": FhirSource(
        _VISITS,
        "EMER in the year before; not the visit that led to the stay",
        "0, assumed if no earlier encounter is there",
    ),
    "number_inpatient": FhirSource(
        _VISITS,
        "IMP, ACUTE, NONAC, SS in the year before",
        "0, assumed if no earlier encounter is there",
        "stays in other hospitals, unless the EHR has them",
    ),
    **dict.fromkeys(("diag_1", "diag_2", "diag_3"), _DIAGNOSIS),
    "number_diagnoses": FhirSource(
        "`Condition`, of any coding system",
        "different Conditions of the stay, else active ones; more than 50 as 50, assumed",
        "refused: missing-data",
        "the data set counts what was billed, at most 16",
    ),
    "max_glu_serum": FhirSource(
        "`Observation` LOINC 2345-7, 2339-0 of the stay",
        "the highest in mg/dL (mmol/L times 18.016): Norm, >200, >300",
        "None (not measured), assumed",
        "the data set has it for 5 % of stays only",
    ),
    "A1Cresult": FhirSource(
        "`Observation` LOINC 4548-4 of the stay",
        "the last in % (mmol/mol by the IFCC's master equation): Norm below 7, >7, >8",
        "None (not measured), assumed; a value from before the stay does not count",
    ),
    **dict.fromkeys(DRUGS, _DRUG),
    **{name: _COMBINATION for name in DRUGS if "-" in name},
    **dict.fromkeys(("examide", "citoglipton"), _NO_SUCH_DRUG),
    "change": FhirSource(
        "as for the drugs",
        "Ch if a dose went up or down, or a diabetes drug was begun beside others ordered before the stay",
        "No, assumed if the bundle has no MedicationRequest or none from before the stay",
    ),
    "diabetesMed": FhirSource(
        "as for the drugs",
        "Yes if there is any diabetes drug, one of today without a column of its own too",
        "No, assumed if the bundle has no MedicationRequest",
        "GLP-1, SGLT2 and DPP-4 drugs have no column: those years had none of them",
    ),
}
"""Every column but the outcome, in the order of the contract's table of columns (a test compares)."""
