"""The parts of a card, and how their headings read: what is written and what is checked follow the same lists."""

from readmission.learning.model_card.source_attributes import SOURCE_ATTRIBUTES
from readmission.learning.model_card.tripod_ai import TRIPOD_AI

SECTIONS: tuple[str, ...] = (
    "Intended use",
    "Out-of-scope use",
    "Known failures",
    "Data and code",
    "Training",
    "Performance",
    "Calibration",
    "Subgroups",
    "Decision threshold",
)
"""Our own sections, in order; the two checklists follow."""


def tripod_key(number: str) -> str:
    """How an item of TRIPOD+AI is called in the card: ``TRIPOD+AI 5a``."""
    return f"TRIPOD+AI {number}"


def attribute_key(paragraph: str) -> str:
    """How a source attribute is called in the card: ``HTI-1 (1)(i)``."""
    return f"HTI-1 {paragraph}"


REQUIRED: dict[str, str] = {
    **{title: title for title in SECTIONS},
    **{tripod_key(number): f"{tripod_key(number)} · {name}" for number, name in TRIPOD_AI.items()},
    **{
        attribute_key(paragraph): f"{attribute_key(paragraph)} · {name}"
        for paragraph, name in SOURCE_ATTRIBUTES.items()
    },
}
"""Every item a card must fill: its key, and its heading."""
