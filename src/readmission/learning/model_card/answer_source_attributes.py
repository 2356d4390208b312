"""The 31 source attributes of rule HTI-1."""

from collections.abc import Mapping

from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.card_text import fill
from readmission.learning.model_card.data_origin import find_origin
from readmission.learning.model_card.shared_text import shared_text
from readmission.learning.model_card.source_attributes import VARIABLES
from readmission.learning.model_card.tables import demographic_table, figure_table, table

_COLUMN_OF = {"race": "race", "sex": "gender", "date of birth": "age", "ethnicity": "race"}
"""The column that holds a variable."""


def answer_source_attributes(facts: CardFacts, sections: Mapping[str, str]) -> dict[str, str]:
    """Paragraph of every attribute to its answer.

    Args:
        facts: of the version.
        sections: our own sections, by title.
    """
    declared = facts.declared
    return fill(
        "source_attributes",
        shared=shared_text(),
        sections=sections,
        origin=find_origin(facts.kind, declared),
        developer=declared.developer.strip(),
        contact=declared.contact.strip(),
        funding=declared.funding.strip(),
        variable_table=_variable_table(facts),
        demographic_table=demographic_table(facts),
        figure_table=figure_table(facts),
    )


def _variable_table(facts: CardFacts) -> str:
    words = fill("variables")
    uses = [
        words["left out"] if _COLUMN_OF.get(name) in facts.dropped else words.get(name, words["not in the data"])
        for name in VARIABLES
    ]
    return table(["variable", "input feature"], zip(VARIABLES, uses, strict=True))
