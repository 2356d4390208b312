"""The model card: what a version is, for whom, how good, and where it fails. Made from the run."""

from readmission.learning.model_card.card_facts import CardFacts, collect_facts
from readmission.learning.model_card.check_card import find_empty_card_items, find_empty_items
from readmission.learning.model_card.write_card import write_card

__all__ = ["CardFacts", "collect_facts", "find_empty_card_items", "find_empty_items", "write_card"]
