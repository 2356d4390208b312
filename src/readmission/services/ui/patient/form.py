"""The patient form: which columns it asks for, what it assumes, and how what was typed becomes an encounter.

Columns that change no risk (body weight and most drugs) are not asked. What must be known starts empty; the rest
starts with the commonest value and looks assumed until somebody touches it.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from readmission.contract.encounter import (
    AGE_BANDS,
    BY_NAME,
    DIAGNOSES,
    DIAGNOSIS_SYSTEM,
    DIAGNOSIS_SYSTEMS,
    ICD9CM,
    ICD10_PATTERN,
    ICD10CM,
    NOT_MEASURED,
)
from readmission.features.icd10_map import find_categories
from readmission.services.ui.patient.diagnoses import load_diagnoses
from readmission.services.ui.value_words import NOT_RECORDED
from readmission.services.ui.words import Words

Control = Literal["age", "number", "chips", "select", "diagnosis"]
OLDEST = 120


@dataclass(frozen=True, slots=True)
class FormField:
    """One question. ``assumed``: the value it starts with; None: it starts empty. ``required``: it must be answered."""

    name: str
    control: Control
    assumed: str | int | None = None
    required: bool = False

    @property
    def title(self) -> str:
        """The question in a few words (English)."""
        return TITLES.get(self.name) or BY_NAME[self.name].title


TITLES = {
    "age": "Age",
    "time_in_hospital": "Days in hospital",
    "discharge_disposition_id": "Going to",
    "admission_source_id": "Came from",
    "admission_type_id": "Admission",
    "number_inpatient": "Hospital stays",
    "number_emergency": "Emergency visits",
    "number_outpatient": "Clinic visits",
    "diag_1": "Main diagnosis",
    "num_medications": "Different medicines given",
    "num_lab_procedures": "Laboratory tests done",
    "num_procedures": "Other procedures done",
    "number_diagnoses": "Diagnoses in the record",
    "change": "Diabetes medicines changed",
    "diabetesMed": "On diabetes medicines",
    "payer_code": "Who pays",
    "medical_specialty": "Admitting specialty",
}
GROUPS: tuple[tuple[str, tuple[FormField, ...]], ...] = (
    ("Patient", (FormField("age", "age", required=True), FormField("gender", "chips", required=True))),
    (
        "This stay",
        (
            FormField("time_in_hospital", "number", required=True),
            FormField("discharge_disposition_id", "select", required=True),
            FormField("admission_type_id", "select", assumed=1),
            FormField("admission_source_id", "select", assumed=7),
        ),
    ),
    (
        "In the 12 months before",
        (
            FormField("number_inpatient", "number", required=True),
            FormField("number_emergency", "number", required=True),
            FormField("number_outpatient", "number", assumed=0),
        ),
    ),
    (
        "Diagnoses",
        (
            FormField("diag_1", "diagnosis", required=True),
            FormField("diag_2", "diagnosis"),
            FormField("diag_3", "diagnosis"),
            FormField("number_diagnoses", "number", assumed=8),
        ),
    ),
    (
        "Medicines and tests",
        (
            FormField("num_medications", "number", required=True),
            FormField("insulin", "chips", required=True),
            FormField("diabetesMed", "select", assumed="Yes"),
            FormField("change", "select", assumed="No"),
            FormField("num_lab_procedures", "number", assumed=44),
            FormField("num_procedures", "number", assumed=1),
            FormField("A1Cresult", "select", assumed=NOT_MEASURED),
            FormField("max_glu_serum", "select", assumed=NOT_MEASURED),
        ),
    ),
)
MORE: tuple[FormField, ...] = tuple(
    FormField(name, "select", assumed="No" if BY_NAME[name].kind == "drug" else NOT_RECORDED)
    for name in (
        *("race", "medical_specialty", "payer_code"),
        *("metformin", "glipizide", "repaglinide", "pioglitazone", "rosiglitazone"),
    )
)
"""What few know at the bedside and what moves the risk little."""
FIELDS: dict[str, FormField] = {
    field.name: field for field in (*(each for _, fields in GROUPS for each in fields), *MORE)
}
FIRST_CHOICES = {"discharge_disposition_id": (1, 6, 3, 22, 2, 5), "admission_source_id": (7, 1, 4, 6)}
"""The commonest answers, offered before all others."""
_ICD10 = re.compile(ICD10_PATTERN)
ASSUMED: frozenset[str] = frozenset(field.name for field in FIELDS.values() if field.assumed is not None)


def read_form(values: Mapping[str, str], words: Words) -> tuple[dict[str, Any], dict[str, str]]:
    """The form as an encounter of the contract.

    Args:
        values: what each field shows; of choices, the value behind what is shown.
        words: the page's language.

    Returns:
        The encounter, and by field what is wrong with it; the encounter is whole where nothing is.
    """
    system = values.get(DIAGNOSIS_SYSTEM) or ICD9CM
    encounter: dict[str, Any] = {DIAGNOSIS_SYSTEM: system}
    problems: dict[str, str] = {}
    if system not in DIAGNOSIS_SYSTEMS:
        problems[DIAGNOSIS_SYSTEM] = words("Choose from the list")
    for field in FIELDS.values():
        text = str(values.get(field.name, "")).strip()
        if not text:
            if field.required:
                problems[field.name] = words("Please fill this in")
            elif field.assumed is not None:
                problems[field.name] = words("Please fill this in, or start again")
            else:
                encounter[field.name] = None
            continue
        try:
            encounter[field.name] = _read(field, text, system, words)
        except ValueError as error:
            problems[field.name] = str(error)
    return encounter, problems


def _read(field: FormField, text: str, system: str, words: Words) -> str | int | None:
    column = BY_NAME[field.name]
    if field.control == "age":
        return AGE_BANDS[min(_whole_number(text, 0, OLDEST, words("years"), words), 99) // 10]
    if field.control == "number":
        return _whole_number(text, column.minimum or 0, column.maximum or 0, words(column.unit or ""), words)
    if field.name in DIAGNOSES:
        # In ICD-10-CM a whole code is taken too that is listed by its beginning only.
        known = text in load_diagnoses() if system != ICD10CM else _ICD10.fullmatch(text) and find_categories(text)
        if not known:
            raise ValueError(words("Choose a diagnosis from the list"))
        return text
    if text == NOT_RECORDED and column.missing_allowed:
        return None
    if column.kind == "coded":
        if not text.isascii() or not text.isdigit() or int(text) not in column.labels:
            raise ValueError(words("Choose from the list"))
        return int(text)
    if column.kind != "open_code" and text not in column.allowed:
        raise ValueError(words("Choose from the list"))
    return text


def _whole_number(text: str, low: int, high: int, unit: str, words: Words) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high:
        return int(text)
    raise ValueError(words("A whole number, {low} to {high} {unit}", low=low, high=high, unit=unit))


def fill_form(encounter: Mapping[str, Any]) -> dict[str, str]:
    """An encounter as the form holds it; of an age band, the year in its middle."""
    values = {DIAGNOSIS_SYSTEM: str(encounter.get(DIAGNOSIS_SYSTEM) or ICD9CM)}
    for field in FIELDS.values():
        value = encounter.get(field.name)
        if field.control == "age":
            value = int(str(value)[1:].partition("-")[0]) + 5
        if value is None:
            value = "" if field.name in DIAGNOSES else NOT_RECORDED if BY_NAME[field.name].missing_allowed else "No"
        values[field.name] = str(value)
    return values


def known_of(assumed: Collection[str]) -> list[str]:
    """Those of the named fields that can be assumed, in the order of the form."""
    return [name for name in FIELDS if name in ASSUMED and name in assumed]
