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
OPEN_CODE_MAX_LENGTH = 64
OPEN_CODE_PATTERN = r"^[^\x00-\x1f]*$"
"""No control characters: PostgreSQL cannot hold NUL, and no code has any other."""
ICD9_PATTERN = (
    r"^(?:[0-9]{1,3}(?:\.[0-9]{1,2})?|[Vv][0-9]{2}(?:\.[0-9]{1,2})?|[Ee](?:0[0-3][0-9]|[89][0-9]{2})(?:\.[0-9])?)$"
)
"""Shape of an ICD-9-CM diagnosis code. A code without its point (``4280``) is refused: it cannot be told from others."""
ICD10_PATTERN = r"^[A-Za-z][0-9][0-9A-Za-z](?:\.?[0-9A-Za-z]{1,4})?$"
"""Shape of an ICD-10-CM code, looked at only if the ICD-9-CM shape does not fit: it is named when it is refused."""


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
            words = "an ICD-9-CM code with its point, such as 428, 250.83, V27 or E935"
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
    return Column(
        name, "open_code", f"{meaning} diagnosis, ICD-9-CM code", f"{meaning} diagnosis", missing_allowed=True,
        pattern=ICD9_PATTERN,
    )  # fmt: skip


COLUMNS: tuple[Column, ...] = (
    Column("encounter_id", "identifier", "Identifier of the hospital stay", "Encounter id", minimum=1, maximum=_BIGINT_MAX),
    Column("patient_nbr", "identifier", "Identifier of the patient", "Patient number", minimum=1, maximum=_BIGINT_MAX),
    Column(
        "race", "category", "Race as recorded by the hospital", "Race",
        allowed=("AfricanAmerican", "Asian", "Caucasian", "Hispanic", "Other"), missing_allowed=True,
    ),
    Column("gender", "category", "Gender as recorded by the hospital", "Gender", allowed=("Female", "Male", "Unknown/Invalid")),
    Column("age", "category", "Age at admission, in ten-year bands", "Age band", unit="years", allowed=AGE_BANDS),
    Column(
        "weight", "category", "Body weight band; recorded for about 3 % of stays", "Weight band", unit="pounds",
        allowed=("[0-25)", "[25-50)", "[50-75)", "[75-100)", "[100-125)", "[125-150)", "[150-175)", "[175-200)", ">200"),
        missing_allowed=True,
    ),
    Column("admission_type_id", "coded", "How urgent the admission was", "Admission type", labels=codes.ADMISSION_TYPES),
    Column("discharge_disposition_id", "coded", "Where the patient went on leaving", "Discharge disposition", labels=codes.DISCHARGE_DISPOSITIONS),
    Column("admission_source_id", "coded", "Where the patient came from", "Admission source", labels=codes.ADMISSION_SOURCES),
    Column("time_in_hospital", "count", "Length of the stay", "Length of stay", unit="days", minimum=1, maximum=14),
    Column("payer_code", "open_code", "Who paid, as a short code (MC is Medicare)", "Payer code", missing_allowed=True),
    Column("medical_specialty", "open_code", "Specialty of the admitting physician", "Medical specialty", missing_allowed=True),
    Column("num_lab_procedures", "count", "Laboratory tests done during the stay", "Laboratory tests", unit="tests", minimum=0, maximum=200),
    Column("num_procedures", "count", "Procedures other than laboratory tests during the stay", "Procedures", unit="procedures", minimum=0, maximum=50),
    Column("num_medications", "count", "Distinct medications given during the stay", "Medications", unit="medications", minimum=0, maximum=200),
    Column("number_outpatient", "count", "Outpatient visits in the year before the stay", "Outpatient visits, prior year", unit="visits", minimum=0, maximum=366),
    Column("number_emergency", "count", "Emergency visits in the year before the stay", "Emergency visits, prior year", unit="visits", minimum=0, maximum=366),
    Column("number_inpatient", "count", "Inpatient stays in the year before the stay", "Inpatient stays, prior year", unit="stays", minimum=0, maximum=366),
    _diagnosis("diag_1", "Primary"),
    _diagnosis("diag_2", "Second"),
    _diagnosis("diag_3", "Third"),
    Column("number_diagnoses", "count", "Diagnoses entered for the stay", "Number of diagnoses", unit="diagnoses", minimum=1, maximum=50),
    Column("max_glu_serum", "lab", "Highest serum glucose band; None: not measured", "Serum glucose", unit="mg/dL", allowed=("None", "Norm", ">200", ">300"), default=NOT_MEASURED),
    Column("A1Cresult", "lab", "Haemoglobin A1c band; None: not measured", "Haemoglobin A1c", unit="%", allowed=("None", "Norm", ">7", ">8"), default=NOT_MEASURED),
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
    Column("change", "category", "Whether any diabetes medication was changed (Ch) or not (No)", "Medication changed", allowed=("No", "Ch")),
    Column("diabetesMed", "category", "Whether any diabetes medication was prescribed", "Diabetes medication", allowed=("No", "Yes")),
    Column("readmitted", "target", "Days to the next inpatient stay: none recorded, more than 30, less than 30", "Readmitted", allowed=("NO", ">30", "<30")),
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
