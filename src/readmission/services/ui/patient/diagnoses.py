"""Diagnoses as a clinician names them: the code, a plain name in English and Spanish, and what else people type.

``diagnosis_names.tsv`` lists the commonest first; every other category keeps the classification's own title. Codes of
ICD-10-CM (``icd10_names.tsv``) are also found by what people call the ICD-9-CM category they stand for.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from readmission.contract import icd9
from readmission.contract.encounter import DIAGNOSES, DIAGNOSIS_SYSTEM, ICD10CM, DiagnosisSystem
from readmission.features.diagnosis_codes import read_category
from readmission.features.icd10_map import find_categories
from readmission.services.ui.words import Words

_NAMES = Path(__file__).with_name("diagnosis_names.tsv")
_ICD10_NAMES = Path(__file__).with_name("icd10_names.tsv")
_CATEGORY_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One entry of the list; ``spanish`` is empty where there is only the classification's English title."""

    code: str
    english: str
    spanish: str
    terms: tuple[str, ...]
    system: DiagnosisSystem = "icd9cm"

    @property
    def shown(self) -> str:
        """The code as clinicians write it."""
        return _show_icd10(self.code) if self.system == ICD10CM else icd9.show_code(self.code)

    def name(self, words: Words) -> str:
        """The name in the page's language."""
        return self.spanish if words.language == "es" and self.spanish else self.english

    def label(self, words: Words) -> str:
        """Code and name, as the form shows an entry."""
        return f"{self.shown} · {self.name(words)}"


@lru_cache(maxsize=1)
def load_diagnoses() -> dict[str, Diagnosis]:
    """Every entry by its code, commonest first."""
    known: dict[str, Diagnosis] = {}
    for line in _NAMES.read_text(encoding="utf-8").splitlines()[1:]:
        code, english, spanish, terms = line.split("\t")
        known[code] = Diagnosis(code, english, spanish, tuple(term for term in terms.split(";") if term))
    for code, title in icd9.load_titles().items():
        known.setdefault(code, Diagnosis(code, title, "", ()))
    return known


@lru_cache(maxsize=1)
def load_icd10_diagnoses() -> dict[str, Diagnosis]:
    """Every entry of ICD-10-CM by its code without the point, those of the commonest categories first."""
    lines = [line.split("\t") for line in _ICD10_NAMES.read_text(encoding="utf-8").splitlines()[1:]]
    categories = {code: find_categories(code)[0] for code, _ in lines}
    known = load_diagnoses()
    order = {category: position for position, category in enumerate(known)}
    entries_of = Counter(categories.values())
    found = []
    for code, title in lines:
        old = known.get(categories[code]) or Diagnosis("", "", "", ())
        # A Spanish name that several codes share says no more than the category: the title tells them apart.
        spanish = old.spanish if entries_of[categories[code]] == 1 or not old.spanish else f"{old.spanish} ({title})"
        terms = tuple(term for term in (*old.terms, old.english, old.spanish) if term)
        found.append(Diagnosis(code, title, spanish, terms, ICD10CM))
    found.sort(key=lambda each: (order.get(categories[each.code], len(order)), each.code))
    return {each.code: each for each in found}


def read_as_icd9(encounter: Mapping[str, Any]) -> dict[str, str | None]:
    """The ICD-9-CM category of each diagnosis; of several, the first; None if missing or without one."""
    if encounter.get(DIAGNOSIS_SYSTEM) != ICD10CM:
        return {name: read_category(encounter.get(name)) for name in DIAGNOSES}
    return {name: next(iter(find_categories(encounter.get(name) or "")), None) for name in DIAGNOSES}


def find_diagnosis(code: str | None) -> Diagnosis | None:
    """The entry a code belongs to (``428.0`` to 428), or None."""
    category = read_category(code)
    return load_diagnoses().get(category) if category else None


def name_diagnosis(code: str, words: Words, system: str | None = None) -> str:
    """Code and name of a value of the data; the bare code where it is in no list."""
    if system == ICD10CM:
        plain = code.upper().replace(".", "")
        starts = (plain[:length] for length in range(len(plain), _CATEGORY_LENGTH - 1, -1))
        entry = next((load_icd10_diagnoses()[start] for start in starts if start in load_icd10_diagnoses()), None)
        return f"{_show_icd10(plain)} {entry.name(words)}" if entry else _show_icd10(plain)
    found = find_diagnosis(code)
    return f"{icd9.show_code(code)} {found.name(words)}" if found else icd9.show_code(code)


def _show_icd10(code: str) -> str:
    return f"{code[:_CATEGORY_LENGTH]}.{code[_CATEGORY_LENGTH:]}" if len(code) > _CATEGORY_LENGTH else code


def list_for_browser(words: Words, system: str | None = None) -> list[list[Any]]:
    """What the form searches: code, code as shown, name, and all else that people type, both languages alike."""
    if system == ICD10CM:
        return [
            [each.code, each.shown, each.name(words), [*each.terms, each.english]]
            for each in load_icd10_diagnoses().values()
        ]
    return [
        [
            each.code,
            icd9.show_code(each.code),
            each.name(words),
            [term for term in (*each.terms, each.english, each.spanish, icd9.load_titles().get(each.code, "")) if term],
        ]
        for each in load_diagnoses().values()
    ]
