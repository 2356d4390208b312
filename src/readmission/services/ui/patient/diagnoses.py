"""Diagnoses as a clinician names them: the code, a plain name in English and Spanish, and what else people type.

``diagnosis_names.tsv`` lists the commonest first; every other category keeps the classification's own title.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from readmission.contract import icd9
from readmission.features.diagnosis_codes import read_category
from readmission.services.ui.words import Words

_NAMES = Path(__file__).with_name("diagnosis_names.tsv")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One entry of the list; ``spanish`` is empty where there is only the classification's English title."""

    code: str
    english: str
    spanish: str
    terms: tuple[str, ...]

    def name(self, words: Words) -> str:
        """The name in the page's language."""
        return self.spanish if words.language == "es" and self.spanish else self.english

    def label(self, words: Words) -> str:
        """Code and name, as the form shows an entry."""
        return f"{icd9.show_code(self.code)} · {self.name(words)}"


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


def find_diagnosis(code: str | None) -> Diagnosis | None:
    """The entry a code belongs to (``428.0`` to 428), or None."""
    category = read_category(code)
    return load_diagnoses().get(category) if category else None


def name_diagnosis(code: str, words: Words) -> str:
    """Code and name of a value of the data; the bare code where it is in no list."""
    found = find_diagnosis(code)
    return f"{icd9.show_code(code)} {found.name(words)}" if found else icd9.show_code(code)


def list_for_browser(words: Words) -> list[list[Any]]:
    """What the form searches: code, code as shown, name, and all else that people type, both languages alike."""
    return [
        [
            each.code,
            icd9.show_code(each.code),
            each.name(words),
            [term for term in (*each.terms, each.english, each.spanish, icd9.load_titles().get(each.code, "")) if term],
        ]
        for each in load_diagnoses().values()
    ]
