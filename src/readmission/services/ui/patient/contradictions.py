"""Answers that cannot be true together, named beside both fields before anything is scored."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from readmission.contract.encounter import AGE_BANDS, DIAGNOSES, DIAGNOSIS_SYSTEM, DRUGS, ICD10CM
from readmission.features.diagnosis_codes import read_category
from readmission.services.ui.patient.diagnoses import read_as_icd9
from readmission.services.ui.words import Words

_NEWBORN_SOURCES = frozenset({11, 12, 13, 14, 23, 24})
_NEWBORN_DISPOSITION, _NEWBORN_TYPE = 10, 4
Encounter = Mapping[str, Any]


class _Rule(NamedTuple):
    """Fields that a contradiction is about, what to say, and when it holds."""

    fields: Callable[[Encounter], tuple[str, ...]]
    said: str
    holds: Callable[[Encounter], bool]


def _numbers(encounter: Encounter) -> dict[str, int]:
    """Numeric categories of the diagnoses by field; V and E codes are left out."""
    found = {name: (category or "").partition(".")[0] for name, category in read_as_icd9(encounter).items()}
    return {name: int(text) for name, text in found.items() if text.isdigit()}


def _diagnoses_in(*ranges: tuple[int, int]) -> Callable[[Encounter], tuple[str, ...]]:
    def find(encounter: Encounter) -> tuple[str, ...]:
        numbers = _numbers(encounter)
        return tuple(name for name, number in numbers.items() if any(low <= number <= high for low, high in ranges))

    return find


def _repeated(encounter: Encounter) -> tuple[str, ...]:
    seen: set[str] = set()
    again = []
    # Two codes of ICD-10-CM may be one category of ICD-9-CM, and still two diagnoses.
    in_icd10 = encounter.get(DIAGNOSIS_SYSTEM) == ICD10CM
    for name in DIAGNOSES:
        given = encounter.get(name)
        code = (given or "").replace(".", "").upper() if in_icd10 else read_category(given)
        if code and code in seen:
            again.append(name)
        seen.add(code or "")
    return tuple(again)


def _given(encounter: Encounter) -> int:
    return sum(encounter.get(name) is not None for name in DIAGNOSES)


def _on(encounter: Encounter) -> tuple[str, ...]:
    return tuple(name for name in DRUGS if encounter.get(name, "No") != "No")


def _changed(encounter: Encounter) -> tuple[str, ...]:
    return tuple(name for name in DRUGS if encounter.get(name) in ("Up", "Down"))


def _newborn(encounter: Encounter) -> tuple[str, ...]:
    found = []
    if encounter["admission_type_id"] == _NEWBORN_TYPE:
        found.append("admission_type_id")
    if encounter["admission_source_id"] in _NEWBORN_SOURCES:
        found.append("admission_source_id")
    if encounter["discharge_disposition_id"] == _NEWBORN_DISPOSITION:
        found.append("discharge_disposition_id")
    return tuple(found)


_PREGNANCY, _FEMALE_ORGANS = _diagnoses_in((630, 679)), _diagnoses_in((179, 184), (218, 221), (614, 629))
_MALE_ORGANS, _PERINATAL = _diagnoses_in((185, 187), (600, 608)), _diagnoses_in((760, 779))


def _decade(encounter: Encounter) -> int:
    return AGE_BANDS.index(encounter["age"])


_RULES: tuple[_Rule, ...] = (
    _Rule(
        lambda e: ("diabetesMed", *_on(e)),
        "No diabetes medicines, yet one of them is prescribed: correct one of the two",
        lambda e: e["diabetesMed"] == "No" and bool(_on(e)),
    ),
    _Rule(
        lambda e: ("change", *_changed(e)),
        "A dose was raised or lowered, so the diabetes medicines were changed",
        lambda e: e["change"] == "No" and bool(_changed(e)),
    ),
    _Rule(
        lambda e: ("change", "diabetesMed"),
        "Diabetes medicines cannot have been changed where there are none",
        lambda e: e["change"] == "Ch" and e["diabetesMed"] == "No",
    ),
    _Rule(
        lambda e: ("age", *_newborn(e)),
        "A newborn of this age is impossible",
        lambda e: bool(_newborn(e)) and _decade(e) > 0,
    ),
    _Rule(
        lambda e: ("age", *_PERINATAL(e)),
        "This diagnosis belongs to the first days of life",
        lambda e: bool(_PERINATAL(e)) and _decade(e) > 1,
    ),
    _Rule(
        lambda e: ("gender", *_PREGNANCY(e), *_FEMALE_ORGANS(e)),
        "This diagnosis is a woman's",
        lambda e: e["gender"] == "Male" and bool(_PREGNANCY(e) or _FEMALE_ORGANS(e)),
    ),
    _Rule(
        lambda e: ("age", *_PREGNANCY(e)),
        "Pregnancy at this age is impossible",
        lambda e: bool(_PREGNANCY(e)) and (_decade(e) == 0 or _decade(e) > 5),
    ),
    _Rule(
        lambda e: ("gender", *_MALE_ORGANS(e)),
        "This diagnosis is a man's",
        lambda e: e["gender"] == "Female" and bool(_MALE_ORGANS(e)),
    ),
    _Rule(_repeated, "The same diagnosis is entered twice", lambda e: bool(_repeated(e))),
    _Rule(
        lambda e: ("diag_3", "diag_2"),
        "Enter the second diagnosis before the third",
        lambda e: e.get("diag_3") is not None and e.get("diag_2") is None,
    ),
    _Rule(
        lambda e: ("number_diagnoses",),
        "More diagnoses are entered than this number",
        lambda e: e["number_diagnoses"] < _given(e),
    ),
)  # fmt: skip


def find_contradictions(encounter: Encounter, words: Words) -> dict[str, str]:
    """By field, what cannot be true; a field in two contradictions says the first.

    Args:
        encounter: a whole one.
        words: the page's language.
    """
    problems: dict[str, str] = {}
    for rule in _RULES:
        if rule.holds(encounter):
            for name in rule.fields(encounter):
                problems.setdefault(name, words(rule.said))
    return problems


SAID: tuple[str, ...] = tuple(rule.said for rule in _RULES)
"""Every sentence, for the test that asks for translations."""
