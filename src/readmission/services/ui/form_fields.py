"""The form, made from the contract's column table: groups, choices in words, defaults, and back to an encounter."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from readmission.contract import icd9
from readmission.contract.codes import NOT_ELIGIBLE_DISPOSITIONS
from readmission.contract.encounter import BY_NAME, DIAGNOSES, DRUGS, NOT_MEASURED, Column
from readmission.contract.examples import HOME_AFTER_SHORT_STAY
from readmission.errors import FieldProblem
from readmission.services.ui.words import Words

Choices = list[tuple[str, str | int]]

NOT_RECORDED = "?"
COMMON_DRUGS = ("insulin", "metformin", "glipizide", "glyburide", "glimepiride", "pioglitazone", "rosiglitazone")
RARE_DRUGS = tuple(name for name in DRUGS if name not in COMMON_DRUGS)
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Patient", ("age", "gender", "race", "weight")),
    (
        "This stay",
        ("time_in_hospital", "admission_type_id", "admission_source_id", "discharge_disposition_id",
         "medical_specialty", "payer_code"),
    ),
    ("The year before", ("number_inpatient", "number_emergency", "number_outpatient")),
    ("Diagnoses", (*DIAGNOSES, "number_diagnoses")),
    ("Tests and care", ("num_lab_procedures", "num_procedures", "num_medications", "max_glu_serum", "A1Cresult")),
    ("Diabetes medication", ("diabetesMed", "change", *COMMON_DRUGS)),
    ("Less common diabetes drugs", RARE_DRUGS),
)  # fmt: skip
FIELDS: tuple[str, ...] = tuple(name for _, names in GROUPS for name in names)

DEFAULTS: dict[str, Any] = {
    **HOME_AFTER_SHORT_STAY,
    "age": "[70-80)", "admission_type_id": 1, "admission_source_id": 7, "time_in_hospital": 4,
    "medical_specialty": None, "payer_code": None, "num_lab_procedures": 44, "num_medications": 15, "diag_1": "428",
    "diag_2": "250", "diag_3": "401", "number_diagnoses": 7, "A1Cresult": NOT_MEASURED, "metformin": "No",
    "insulin": "Steady",
}  # fmt: skip
"""A usual stay of the data set: what most of its columns say most often."""

SPECIALTIES = {
    "InternalMedicine": "Internal medicine", "Emergency/Trauma": "Emergency and trauma",
    "Family/GeneralPractice": "Family and general practice", "Cardiology": "Cardiology",
    "Surgery-General": "General surgery", "Nephrology": "Nephrology", "Orthopedics": "Orthopedics",
    "Radiologist": "Radiology", "Pulmonology": "Pulmonology", "Psychiatry": "Psychiatry", "Urology": "Urology",
    "Surgery-Cardiovascular/Thoracic": "Cardiovascular and thoracic surgery",
    "ObstetricsandGynecology": "Obstetrics and gynecology", "Gastroenterology": "Gastroenterology",
    "Neurology": "Neurology", "Oncology": "Oncology",
    "PhysicalMedicineandRehabilitation": "Physical medicine and rehabilitation",
    "Endocrinology": "Endocrinology", "Hematology/Oncology": "Hematology and oncology", "Pediatrics": "Pediatrics",
}  # fmt: skip
PAYERS = {
    "MC": "Medicare", "MD": "Medicaid", "HM": "Health maintenance organisation", "BC": "Blue Cross", "SP": "Self-pay",
    "UN": "Other or unknown insurer", "CP": "Commercial insurer", "CM": "CHAMPUS", "OG": "Other government payer",
    "PO": "Preferred provider organisation", "DM": "Defence payer", "WC": "Workers' compensation",
}  # fmt: skip
WORDS_OF_VALUES: dict[str, dict[str, str]] = {
    "race": {"AfricanAmerican": "African American"},
    "gender": {"Unknown/Invalid": "Unknown"},
    "max_glu_serum": {"None": "Not measured", "Norm": "Normal", ">200": "Above 200 mg/dL", ">300": "Above 300 mg/dL"},
    "A1Cresult": {"None": "Not measured", "Norm": "Normal", ">7": "Above 7 %", ">8": "Above 8 %"},
    "change": {"No": "No change", "Ch": "Changed"},
    "diabetesMed": {"No": "None prescribed", "Yes": "Prescribed"},
}
_DRUG_WORDS = {"No": "Not prescribed", "Down": "Dose lowered", "Steady": "Dose unchanged", "Up": "Dose raised"}


def word_of(column: Column, value: str | int, words: Words) -> str:
    """A value in words: "Emergency room", "70-79 years"."""
    if column.kind == "coded":
        label = words(column.labels[int(value)])
        refused = column.name == "discharge_disposition_id" and value in NOT_ELIGIBLE_DISPOSITIONS
        return f"{label} {words('(not scored)')}" if refused else label
    text = str(value)
    if column.kind == "drug":
        return words(_DRUG_WORDS[text])
    if column.name == "age":
        low = int(text[1:].partition("-")[0])
        return words("{low} to {high} years", low=low, high=low + 9)
    if column.name == "weight":
        if text.startswith(">"):
            return words("Above {low} lb", low=text[1:])
        low_text, _, high_text = text.strip("[)").partition("-")
        return words("{low} to {high} lb", low=low_text, high=high_text)
    return words(WORDS_OF_VALUES.get(column.name, {}).get(text, text))


def choices_of(column: Column, words: Words) -> Choices:
    """What a field offers, in words; an unrecorded value first where the contract allows one."""
    missing: Choices = [(words("Not recorded"), NOT_RECORDED)] if column.missing_allowed else []
    if column.name in DIAGNOSES:
        return missing + [(f"{icd9.show_code(code)} · {title}", code) for code, title in icd9.load_titles().items()]
    if column.name == "medical_specialty":
        return missing + [(words(name), code) for code, name in SPECIALTIES.items()]
    if column.name == "payer_code":
        return missing + [(f"{words(name)} ({code})", code) for code, name in PAYERS.items()]
    values: Sequence[str | int] = tuple(column.labels) if column.kind == "coded" else column.allowed
    return missing + [(word_of(column, value, words), value) for value in values]


def hint_of(column: Column, words: Words) -> str:
    """Range and unit of a number; how to search a diagnosis."""
    if column.kind == "count":
        unit = words(column.unit or "")
        return words("{low} to {high} {unit}", low=column.minimum, high=column.maximum, unit=unit)
    if column.name in DIAGNOSES:
        return words("ICD-9: type a code or a name")
    return ""


def make_field(name: str, words: Words) -> gr.components.Component:
    """The component of one column. Ranges are not enforced here: the service says what is wrong, beside the field."""
    column = BY_NAME[name]
    shared: dict[str, Any] = {"label": words(column.title), "elem_id": f"field-{name}", "elem_classes": ["field"]}
    value = show_value(name, DEFAULTS.get(name))
    if column.kind == "count":
        return gr.Number(value=value, info=hint_of(column, words), **shared)
    return gr.Dropdown(
        choices=list(choices_of(column, words)),
        value=value,
        info=hint_of(column, words) or None,
        allow_custom_value=column.kind == "open_code",
        filterable=True,
        **shared,
    )


def show_value(name: str, value: Any) -> Any:
    """A contract value as its field holds it."""
    return NOT_RECORDED if value is None and BY_NAME[name].missing_allowed else value


def read_form(values: Sequence[Any]) -> dict[str, Any]:
    """The form as an encounter of the contract; what cannot be right is left for the service to refuse.

    Args:
        values: one a field, in the order of :data:`FIELDS`.
    """
    return {name: _read_value(BY_NAME[name], value) for name, value in zip(FIELDS, values, strict=True)}


def _read_value(column: Column, value: Any) -> Any:
    if column.is_integer:
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(value, str) and column.kind == "open_code":
        return None if value.strip() in ("", NOT_RECORDED) else _code_of(value.strip())
    return None if value in (NOT_RECORDED, "") else value


def _code_of(typed: str) -> str:
    """The code in what was typed: ``038 · Septicemia``, ``038`` and ``38`` all mean 38."""
    code = typed.partition(" · ")[0].upper() if " · " in typed else typed
    shortened = code.lstrip("0")
    return shortened if shortened in icd9.load_titles() else code


def explain_problem(problem: FieldProblem, words: Words) -> str:
    """A field's problem as a sentence in the page's language."""
    column = BY_NAME.get(problem.field)
    text = words.known(problem.problem)
    if column is None:
        return text
    if column.kind == "count":
        unit = words(column.unit or "")
        return f"{text}: {words('{low} to {high} {unit}', low=column.minimum, high=column.maximum, unit=unit)}"
    return text


def field_updates(problems: Mapping[str, str], words: Words) -> list[dict[str, Any]]:
    """One update a field: the problem where it has one, else its usual hint."""
    updates = []
    for name in FIELDS:
        message = problems.get(name)
        hint = hint_of(BY_NAME[name], words)
        classes = ["field", "field-error"] if message else ["field"]
        updates.append(gr.update(info=f"⚠ {message}" if message else hint or None, elem_classes=classes))
    return updates
