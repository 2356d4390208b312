"""The one table of columns: every API model, frame check, SQL column and form field follows it.

Names are exactly those of the CSV header. How missing values are read:

* ``?``, empty and null all mean *missing*, allowed only if ``missing_allowed`` is true;
* for the two laboratory tests (``kind == "lab"``) ``None`` is a value of its own: the test was not
  done. Absent and null mean the same there.
"""

from dataclasses import dataclass, field
from typing import Literal

from readmission.contract import codes

Kind = Literal["identifier", "category", "coded", "count", "open_code", "lab", "drug", "target"]

MISSING_MARKS = frozenset({"?", ""})
NOT_MEASURED = "None"
DRUG_STATES = ("No", "Down", "Steady", "Up")
AGE_BANDS = tuple(f"[{low}-{low + 10})" for low in range(0, 100, 10))
WEIGHT_BANDS = (*(f"[{low}-{low + 25})" for low in range(0, 200, 25)), ">200")
OPEN_CODE_MAX_LENGTH = 64
OPEN_CODE_PATTERN = r"^[^\x00-\x1f]*$"
"""No control characters: PostgreSQL cannot hold NUL, and no code has any other."""
DiagnosisSystem = Literal["icd9cm", "icd10cm"]
DIAGNOSIS_SYSTEM = "diagnosis_system"
"""Field of an encounter to be scored that says which system its diagnoses are coded in; no column of the data set.

A checked encounter has it only if the system is not ICD-9-CM, the one the data set and the models use.
"""
ICD9CM: DiagnosisSystem = "icd9cm"
ICD10CM: DiagnosisSystem = "icd10cm"
DIAGNOSIS_SYSTEMS: tuple[DiagnosisSystem, ...] = (ICD9CM, ICD10CM)
ICD9_PATTERN = (
    r"^(?:[0-9]{1,3}(?:\.[0-9]{1,2})?|[Vv][0-9]{2}(?:\.[0-9]{1,2})?|[Ee](?:0[0-3][0-9]|[89][0-9]{2})(?:\.[0-9])?"
    r"|[0-9]{4,5}|[Vv][0-9]{3,4}|[Ee](?:0[0-3]|[89][0-9])[0-9]{2})$"
)
"""Shape of an ICD-9-CM diagnosis code, with its point or without; without, it has all its digits (``0389``)."""
ICD10_PATTERN = r"^(?:[A-Za-z][0-9][0-9A-Za-z](?:\.?[0-9A-Za-z]{1,4})?)$"
"""Shape of an ICD-10-CM code. Some codes fit both shapes (``V27.0``), so the system is never guessed from them."""
DIAGNOSIS_PATTERNS: dict[DiagnosisSystem, str] = {ICD9CM: ICD9_PATTERN, ICD10CM: ICD10_PATTERN}
DIAGNOSES_IN_WORDS: dict[DiagnosisSystem, str] = {
    ICD9CM: "an ICD-9-CM code, such as 428, 250.83, V27 or E935 (diagnosis_system is icd9cm)",
    ICD10CM: "an ICD-10-CM code, such as I50.9, E11.65 or Z79.4 (diagnosis_system is icd10cm)",
}
SYSTEMS_IN_WORDS = f"one of {', '.join(DIAGNOSIS_SYSTEMS)}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an encounter.

    ``allowed`` lists the closed set of text values (``category``, ``lab``, ``drug``, ``target``);
    ``labels`` gives the closed set of integer codes with their meaning (``coded``);
    ``minimum`` and ``maximum`` bound a ``count`` and an ``identifier``, both ends included.
    An ``open_code`` takes any text of at most 64 characters that matches ``pattern``: a value never
    seen in training is scored as unseen, and the answer says so. ``default`` is what an absent value
    means. Identifiers are optional when scoring, stored, and never features.
    """

    name: str
    kind: Kind
    meaning: str
    title: str
    unit: str | None = None
    allowed: tuple[str, ...] = ()
    labels: dict[int, str] = field(default_factory=dict)
    minimum: int | None = None
    maximum: int | None = None
    missing_allowed: bool = False
    pattern: str = OPEN_CODE_PATTERN
    default: str | None = None

    @property
    def is_integer(self) -> bool:
        """True if values are whole numbers (JSON integer, SQL integer)."""
        return self.kind in ("identifier", "coded", "count")

    @property
    def required(self) -> bool:
        """True if an encounter to be scored must carry a value."""
        return not self.missing_allowed and self.default is None and self.kind not in ("identifier", "target")

    @property
    def is_diagnosis(self) -> bool:
        """True for the three diagnoses."""
        return self.pattern is ICD9_PATTERN

    @property
    def allowed_in_words(self) -> str:
        """What the column takes, for error messages, documentation and forms."""
        if self.kind in ("identifier", "count"):
            unit = f" ({self.unit})" if self.unit else ""
            largest = "" if self.kind == "identifier" else f" to {self.maximum}"
            words = f"a whole number from {self.minimum}{largest}{unit}"
        elif self.kind == "coded":
            words = "one of " + ", ".join(str(code) for code in sorted(self.labels))
        elif self.is_diagnosis:
            words = DIAGNOSES_IN_WORDS[ICD9CM]
        elif self.kind == "open_code":
            words = f"text of at most {OPEN_CODE_MAX_LENGTH} characters"
        else:
            words = "one of " + ", ".join(self.allowed)
        return f"{words}; or missing (null or ?)" if self.missing_allowed else words


_BIGINT_MAX = 2**63 - 1


def _drug(name: str, kind_of_drug: str) -> Column:
    return Column(
        name,
        "drug",
        f"{kind_of_drug}: not prescribed, or its dose lowered, kept or raised during the stay",
        title=name.replace("-", " + ").capitalize(),
        allowed=DRUG_STATES,
        default="No",
    )


def _diagnosis(name: str, meaning: str) -> Column:
    words, title = f"{meaning} diagnosis, as a code of diagnosis_system", f"{meaning} diagnosis"
    return Column(name, "open_code", words, title, missing_allowed=True, pattern=ICD9_PATTERN)


def _open_code(name: str, title: str, meaning: str) -> Column:
    return Column(name, "open_code", meaning, title, missing_allowed=True)


def _coded(name: str, title: str, meaning: str, labels: dict[int, str]) -> Column:
    return Column(name, "coded", meaning, title, labels=labels)


def _identifier(name: str, title: str, meaning: str) -> Column:
    return Column(name, "identifier", meaning, title, minimum=1, maximum=_BIGINT_MAX)


def _count(name: str, title: str, meaning: str, unit: str, minimum: int, maximum: int) -> Column:
    return Column(name, "count", meaning, title, unit=unit, minimum=minimum, maximum=maximum)


def _visits(name: str, kind_of_visit: str, unit: str) -> Column:
    title, meaning = f"{kind_of_visit}, prior year", f"{kind_of_visit} in the year before the stay"
    return _count(name, title, meaning, unit, 0, 366)


def _category(name: str, title: str, meaning: str, *allowed: str) -> Column:
    return Column(name, "category", meaning, title, allowed=allowed)


def _lab(name: str, title: str, meaning: str, unit: str, *allowed: str) -> Column:
    words = f"{meaning}; None: not measured"
    return Column(name, "lab", words, title, unit=unit, allowed=(NOT_MEASURED, *allowed), default=NOT_MEASURED)


COLUMNS: tuple[Column, ...] = (
    _identifier("encounter_id", "Encounter id", "Identifier of the hospital stay"),
    _identifier("patient_nbr", "Patient number", "Identifier of the patient"),
    Column(
        name="race",
        kind="category",
        meaning="Race as recorded by the hospital",
        title="Race",
        allowed=("AfricanAmerican", "Asian", "Caucasian", "Hispanic", "Other"),
        missing_allowed=True,
    ),
    _category("gender", "Gender", "Gender as recorded by the hospital", "Female", "Male", "Unknown/Invalid"),
    Column("age", "category", "Age at admission, in ten-year bands", "Age band", unit="years", allowed=AGE_BANDS),
    Column(
        name="weight",
        kind="category",
        meaning="Body weight band; recorded for about 3 % of stays",
        title="Weight band",
        unit="pounds",
        allowed=WEIGHT_BANDS,
        missing_allowed=True,
    ),
    _coded("admission_type_id", "Admission type", "How urgent the admission was", codes.ADMISSION_TYPES),
    _coded(
        "discharge_disposition_id",
        "Discharge disposition",
        "Where the patient went on leaving",
        codes.DISCHARGE_DISPOSITIONS,
    ),
    _coded("admission_source_id", "Admission source", "Where the patient came from", codes.ADMISSION_SOURCES),
    _count("time_in_hospital", "Length of stay", "Length of the stay", "days", 1, 14),
    _open_code("payer_code", "Payer code", "Who paid, as a short code (MC is Medicare)"),
    _open_code("medical_specialty", "Medical specialty", "Specialty of the admitting physician"),
    _count("num_lab_procedures", "Laboratory tests", "Laboratory tests done during the stay", "tests", 0, 200),
    _count(
        "num_procedures", "Procedures", "Procedures other than laboratory tests during the stay", "procedures", 0, 50
    ),
    _count("num_medications", "Medications", "Distinct medications given during the stay", "medications", 0, 200),
    _visits("number_outpatient", "Outpatient visits", "visits"),
    _visits("number_emergency", "Emergency visits", "visits"),
    _visits("number_inpatient", "Inpatient stays", "stays"),
    _diagnosis("diag_1", "Primary"),
    _diagnosis("diag_2", "Second"),
    _diagnosis("diag_3", "Third"),
    _count("number_diagnoses", "Number of diagnoses", "Diagnoses entered for the stay", "diagnoses", 1, 50),
    _lab("max_glu_serum", "Serum glucose", "Highest serum glucose band", "mg/dL", "Norm", ">200", ">300"),
    _lab("A1Cresult", "Haemoglobin A1c", "Haemoglobin A1c band", "%", "Norm", ">7", ">8"),
    _drug("metformin", "Biguanide"),
    _drug("repaglinide", "Meglitinide"),
    _drug("nateglinide", "Meglitinide"),
    _drug("chlorpropamide", "Sulfonylurea"),
    _drug("glimepiride", "Sulfonylurea"),
    _drug("acetohexamide", "Sulfonylurea"),
    _drug("glipizide", "Sulfonylurea"),
    _drug("glyburide", "Sulfonylurea"),
    _drug("tolbutamide", "Sulfonylurea"),
    _drug("pioglitazone", "Thiazolidinedione"),
    _drug("rosiglitazone", "Thiazolidinedione"),
    _drug("acarbose", "Alpha-glucosidase inhibitor"),
    _drug("miglitol", "Alpha-glucosidase inhibitor"),
    _drug("troglitazone", "Thiazolidinedione"),
    _drug("tolazamide", "Sulfonylurea"),
    _drug("examide", "Drug of the data set's list"),
    _drug("citoglipton", "Drug of the data set's list"),
    _drug("insulin", "Insulin"),
    _drug("glyburide-metformin", "Combination"),
    _drug("glipizide-metformin", "Combination"),
    _drug("glimepiride-pioglitazone", "Combination"),
    _drug("metformin-rosiglitazone", "Combination"),
    _drug("metformin-pioglitazone", "Combination"),
    _category(
        "change", "Medication changed", "Whether any diabetes medication was changed (Ch) or not (No)", "No", "Ch"
    ),
    _category("diabetesMed", "Diabetes medication", "Whether any diabetes medication was prescribed", "No", "Yes"),
    Column(
        name="readmitted",
        kind="target",
        meaning="Days to the next inpatient stay: none recorded, more than 30, less than 30",
        title="Readmitted",
        allowed=("NO", ">30", "<30"),
    ),
)

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
COLUMN_NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
IDENTIFIERS: tuple[str, ...] = ("encounter_id", "patient_nbr")
DIAGNOSES: tuple[str, ...] = ("diag_1", "diag_2", "diag_3")
TARGET = "readmitted"
DRUGS: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.kind == "drug")
COUNTS: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.kind == "count")
INPUT_COLUMNS: tuple[Column, ...] = tuple(column for column in COLUMNS if column.kind not in ("identifier", "target"))
"""What a model may look at: every column but the identifiers and the target."""
