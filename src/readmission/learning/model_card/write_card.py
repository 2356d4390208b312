"""The card as two files: Markdown, and one page of HTML with its pictures inside."""

import base64
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from readmission.learning.model_card.answer_source_attributes import answer_source_attributes
from readmission.learning.model_card.answer_tripod_ai import answer_tripod_ai
from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.own_sections import write_sections
from readmission.learning.model_card.sections import REQUIRED, SECTIONS, attribute_key, tripod_key
from readmission.learning.model_card.shared_text import shared_text
from readmission.model.artifact import CARD_FILE, CARD_PAGE_FILE

PICTURES: dict[str, tuple[str, str]] = {
    "calibration.png": ("Calibration", "Risk against share that came back, by tenths of risk"),
    "subgroups.png": ("Subgroups", "ROC AUC of each group with its 95 % interval"),
    "decision_curve.png": ("Decision threshold", "Net benefit by threshold"),
    "roc.png": ("Performance", "ROC curves"),
    "precision_recall.png": ("Performance", "Precision and recall"),
}
"""File name of a plot to the section that shows it, and what it shows."""
_CHECKLISTS = {
    "TRIPOD+AI": (
        "TRIPOD+AI, every item",
        "Collins et al. 2024, doi 10.1136/bmj-2023-078378: 27 items, 52 with their parts.",
    ),
    "HTI-1": (
        "HTI-1, the 31 source attributes",
        "45 CFR 170.315(b)(11)(iv)(B), predictive decision support interventions.",
    ),
}


def write_card(facts: CardFacts, plots: Mapping[str, Mapping[str, bytes]]) -> dict[str, bytes]:
    """File name to content; the same facts and pictures give the same bytes.

    Args:
        facts: of the version.
        plots: of each held-out split, PNG by file name; those of :data:`PICTURES` are shown.
    """
    items = _answer(facts)
    title = f"Model card: {facts.manifest.model_name} {facts.manifest.model_hash[:12]}"
    shared = shared_text()
    warnings = ([shared["synthetic_warning"]] if facts.kind == "synthetic" else []) + [shared["not_a_device"]]
    return {
        CARD_FILE: _write_markdown(title, warnings, items).encode(),
        CARD_PAGE_FILE: _write_page(title, warnings, items, plots).encode(),
    }


def _answer(facts: CardFacts) -> dict[str, str]:
    """Key of every required item to its text."""
    sections = write_sections(facts)
    return {
        **sections,
        **{tripod_key(number): text for number, text in answer_tripod_ai(facts, sections).items()},
        **{attribute_key(paragraph): text for paragraph, text in answer_source_attributes(facts, sections).items()},
    }


def _write_markdown(title: str, warnings: list[str], items: Mapping[str, str]) -> str:
    parts = [f"# {title}", *(f"> **{warning}**" for warning in warnings)]
    parts.append(shared_text()["made_by"])
    for key, heading in REQUIRED.items():
        if key in (tripod_key("1"), attribute_key("(1)(i)")):
            name, source = _CHECKLISTS[key.partition(" ")[0]]
            parts += [f"## {name}", source]
        parts += [f"{'##' if key in SECTIONS else '###'} {heading}", items[key]]
    return "\n\n".join(part for part in parts if part) + "\n"


def _write_page(
    title: str, warnings: list[str], items: Mapping[str, str], plots: Mapping[str, Mapping[str, bytes]]
) -> str:
    """Text is Markdown without HTML of its own, so nothing in it can become a tag of the page."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    rendered = [
        {
            "key": key,
            "group": "" if key in SECTIONS else key.partition(" ")[0],
            "anchor": "".join(letter if letter.isalnum() else "-" for letter in key.lower()),
            "heading": heading,
            "body": Markup(markdown.render(items[key])),  # noqa: S704 - escaped by the renderer
        }
        for key, heading in REQUIRED.items()
    ]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = (files(__package__) / "card.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(
        title=title,
        warnings=warnings,
        groups={"": ("", ""), **_CHECKLISTS},
        items=rendered,
        pictures=_embed(plots),
    )


def _embed(plots: Mapping[str, Mapping[str, bytes]]) -> dict[str, list[dict[str, str]]]:
    """Section to its pictures, as data addresses."""
    found: dict[str, list[dict[str, str]]] = {}
    for file_name, (section, caption) in PICTURES.items():
        for split, pictures in plots.items():
            if file_name in pictures:
                address = f"data:image/png;base64,{base64.b64encode(pictures[file_name]).decode()}"
                found.setdefault(section, []).append({"address": address, "caption": f"{caption} ({split})"})
    return found
