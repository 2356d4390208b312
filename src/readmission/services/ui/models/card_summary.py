"""One page of a model card: what a nurse or a manager asks first; the whole card stands behind it."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from readmission.services.ui.words import Words

QUESTIONS = {
    "Intended use": "What it is for",
    "Out-of-scope use": "What it is not for",
    "Known failures": "Where it fails",
}
"""Sections of the card that answer, and the question they answer."""
_MOST_LINES = 4
_MOST_LETTERS = 420
_EMPHASIS = re.compile(r"[`*]|(?<!\w)_|_(?!\w)")
"""Marks of Markdown; not the underscore inside a name."""
_FIGURES = (
    ("risk_30d_roc_auc", "Tells who comes back within 30 days from who does not (1 is perfect, 0.5 is chance)"),
    ("risk_30d_ece", "Average error of its percentages, 30 days"),
)


def show_summary(card: str, live: Mapping[str, Any], evidence: Mapping[str, Any] | None, words: Words) -> str:
    """The page as HTML.

    Args:
        card: the version's card, Markdown.
        live: the version, of ``GET /models``.
        evidence: figures on held-out patients of the decision that made it live, where they are known.
        words: the page's language.
    """
    facts = [
        (words("Trained on"), words(f"{live['dataset_kind']} data")),
        (words("Average risk within 30 days"), words.percent(live["base_risk"]["risk_30d"])),
        (words("Asks for follow-up from"), words.percent(live["threshold"])),
    ]
    for name, title in _FIGURES:
        if evidence and isinstance(evidence.get(name), float):
            facts.append((words(title), words.number(evidence[name], 3)))
    rows = "".join(f"<div><dt>{title}</dt><dd>{escape(str(value))}</dd></div>" for title, value in facts)
    sections = read_sections(card)
    answers = "".join(
        f"<h3>{words(question)}</h3>{_shorten(sections[title], words)}"
        for title, question in QUESTIONS.items()
        if sections.get(title)
    )
    return f'<div class="summary"><dl class="facts">{rows}</dl>{answers}</div>'


def read_sections(card: str) -> dict[str, str]:
    """Text of each section by its heading."""
    parts = re.split(r"^## (.+)$", card, flags=re.MULTILINE)
    return {title.strip(): text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def _shorten(text: str, words: Words) -> str:
    """The first lines, without tables; lines that begin with a dash stay a list."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("|", "#"))]
    said = []
    for line in lines[:_MOST_LINES]:
        plain = _EMPHASIS.sub("", line.removeprefix("- "))
        plain = re.sub(":$", ".", plain)  # what it led to was a table
        short = plain if len(plain) <= _MOST_LETTERS else plain[:_MOST_LETTERS].rsplit(" ", 1)[0] + " …"
        said.append(f'<p lang="en">{"• " if line.startswith("- ") else ""}{escape(short)}</p>')
    more = f'<p class="quiet">{words("More in the full card.")}</p>' if len(lines) > _MOST_LINES else ""
    return "".join(said) + more
