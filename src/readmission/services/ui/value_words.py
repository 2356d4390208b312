"""Values of the contract in the words of a ward: "Emergency room", "70 to 79 years", "Medicare"."""

from collections.abc import Sequence

from readmission.contract.codes import NOT_ELIGIBLE_DISPOSITIONS
from readmission.contract.encounter import BY_NAME, Column
from readmission.errors import FieldProblem
from readmission.services.ui.words import Words

Choices = list[tuple[str, str | int]]

NOT_RECORDED = "?"

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
_OPEN_WORDS = {"medical_specialty": SPECIALTIES, "payer_code": PAYERS}
_DRUG_WORDS = {"No": "Not prescribed", "Down": "Dose lowered", "Steady": "Dose unchanged", "Up": "Dose raised"}


def word_of(column: Column, value: str | int, words: Words) -> str:
    """A value in words: "Emergency room", "70-79 years"."""
    if column.kind == "coded":
        label = words(column.labels[int(value)])
        refused = column.name == "discharge_disposition_id" and value in NOT_ELIGIBLE_DISPOSITIONS
        return f"{label} {words('(not scored)')}" if refused else label
    text = str(value)
    if column.name in _OPEN_WORDS:
        return words(_OPEN_WORDS[column.name].get(text, text))
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
    if column.name == "medical_specialty":
        return missing + [(words(name), code) for code, name in SPECIALTIES.items()]
    if column.name == "payer_code":
        return missing + [(words(name), code) for code, name in PAYERS.items()]
    values: Sequence[str | int] = tuple(column.labels) if column.kind == "coded" else column.allowed
    return missing + [(word_of(column, value, words), value) for value in values]


def say_allowed(name: str, allowed: str | None, words: Words) -> str:
    """What a field takes, for whoever mends a list: codes as the file must hold them.

    Args:
        name: of the field.
        allowed: as the service says it.
        words: the page's language.
    """
    column = BY_NAME.get(name)
    if column is not None and column.kind == "count":
        return words("{low} to {high} {unit}", low=column.minimum, high=column.maximum, unit=words(column.unit or ""))
    start = "one of "
    if allowed is not None and allowed.startswith(start):
        return words("one of {values}", values=allowed.removeprefix(start))
    return words.known(allowed or "")


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
