"""What the page says, in English and Spanish. The English text is its own key."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from readmission.errors import ReadmissionError, UnavailableError

AWAY = "The risk service does not answer. Try again in a minute; if it stays away, call whoever runs it."
LANGUAGES = {"en": "English", "es": "Español"}
_SPANISH = Path(__file__).with_name("spanish.json")


@lru_cache(maxsize=1)
def load_spanish() -> dict[str, str]:
    """English text to Spanish text."""
    texts: dict[str, str] = json.loads(_SPANISH.read_text(encoding="utf-8"))
    return texts


class Words:
    """Texts in one language; ``Words("es")("Low risk")``.

    A text without a translation stays English; ``missing`` collects those, for the test that asks for none.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.missing: set[str] = set()

    def __call__(self, english: str, **values: Any) -> str:
        """The text in this language, its ``{names}`` filled in."""
        text = english
        if self.language == "es":
            found = load_spanish().get(english)
            if found is None:
                self.missing.add(english)
            text = found or english
        return text.format(**values) if values else text

    def known(self, text: str) -> str:
        """A text that came from elsewhere, such as a service's message: translated where the page knows it."""
        return load_spanish().get(text, text) if self.language == "es" else text

    def explain(self, error: ReadmissionError) -> str:
        """What an error means for whoever reads the page; addresses and exceptions are for the log."""
        if isinstance(error, UnavailableError) and error.__cause__ is not None:  # nothing answered at all
            return self(AWAY)
        return self.known(error.message)

    def number(self, value: float, digits: int = 1) -> str:
        """A number as the language writes it."""
        text = f"{value:,.{digits}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.language == "es" else text

    def percent(self, share: float, digits: int = 1) -> str:
        """A share between 0 and 1 in per cent."""
        return f"{self.number(100 * share, digits)}\u202f%"
