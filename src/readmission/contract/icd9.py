"""Names of diagnoses: ICD-9-CM categories (three digits), and the subcategories of diabetes (250.xx).

Source: International Classification of Diseases, Ninth Revision, Clinical Modification, by the United States
National Center for Health Statistics and the Centers for Medicare & Medicaid Services; a work of the United States
government, in the public domain. Codes are written as the data set writes them: without leading zeros (``38``).
"""

from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).with_name("icd9_categories.tsv")


@lru_cache(maxsize=1)
def load_titles() -> dict[str, str]:
    """Code to title, in the order of the classification."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()[1:]
    return dict(line.split("\t", 1) for line in lines)


def show_code(code: str) -> str:
    """A code as clinicians write it: at least three digits (``38`` is ``038``).

    >>> show_code("38.9")
    '038.9'
    """
    whole, dot, rest = code.partition(".")
    return whole.rjust(3, "0") + dot + rest


def name_diagnosis(code: str) -> str | None:
    """Title of a code, or of the category it belongs to; None if neither is known.

    >>> name_diagnosis("428.0")
    'Heart failure'
    """
    titles = load_titles()
    return titles.get(code) or titles.get(code.partition(".")[0])
