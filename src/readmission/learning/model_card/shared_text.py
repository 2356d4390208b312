"""Sentences that several parts of the card share."""

from functools import cache

from readmission.learning.measures.bootstrap import REPLICATES
from readmission.learning.measures.subgroups import MIN_PATIENTS
from readmission.learning.model_card.card_text import fill
from readmission.model.artifact import CARD_PAGE_FILE


@cache
def shared_text() -> dict[str, str]:
    """Name of each sentence to its text."""
    return fill("shared", replicates=REPLICATES, smallest_group=MIN_PATIENTS, page_file=CARD_PAGE_FILE)
