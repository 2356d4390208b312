"""The gate's reasons in the page's language: recorded as English sentences of a few forms, recognised here."""

import re

from readmission.services.ui.words import Words

SENTENCES = (
    "first champion: every floor is met",
    "a champion trained on synthetic data never defends against real data; every floor is met",
    "tie: the best gain in ROC AUC is {gain}, at least {margin} is asked for",
    "better than the champion: ROC AUC {gains}",
    "worse than the champion: {checks}",
    "refused: {checks}",
)
CHECK = "{name} is {value}, must be {bound}"
BOUNDS = ("at least {figure}", "at most {figure}", "above {figure}")


def say_reason(reason: str, words: Words) -> str:
    """A recorded reason; one that is none of the gate's, such as a person's, stays as it was written."""
    for sentence in SENTENCES:
        blanks = _read(sentence, reason)
        if blanks is not None:
            if "checks" in blanks:
                blanks["checks"] = "; ".join(_say_check(each, words) for each in blanks["checks"].split("; "))
            return words(sentence, **blanks)
    return reason


def _say_check(text: str, words: Words) -> str:
    blanks = _read(CHECK, text)
    if blanks is None:
        return text
    for bound in BOUNDS:
        figure = _read(bound, blanks["bound"])
        if figure is not None:
            blanks["bound"] = words(bound, **figure)
    return words(CHECK, **blanks)


def _read(form: str, text: str) -> dict[str, str] | None:
    pattern = "".join(
        f"(?P<{part[1:-1]}>.+?)" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", form)
    )
    found = re.fullmatch(pattern, text)
    return found.groupdict() if found else None
