"""TRIPOD+AI, item by item."""

from collections.abc import Mapping

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.target import T1, T2
from readmission.learning.cross_validation import FOLDS
from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.card_text import fill
from readmission.learning.model_card.data_origin import find_origin
from readmission.learning.model_card.shared_text import shared_text
from readmission.learning.model_card.tables import (
    demographic_table,
    figure_table,
    flow_table,
    percent,
    predictor_table,
    split_table,
    table,
)

USUAL_EVENTS = 100
"""How many events an evaluation should have: Collins, Ogundimu, Altman 2016, doi 10.1002/sim.6787."""


def answer_tripod_ai(facts: CardFacts, sections: Mapping[str, str]) -> dict[str, str]:
    """Number of every item to its answer.

    Args:
        facts: of the version.
        sections: our own sections, by title.
    """
    train, test = facts.splits["train"], facts.splits["test"]
    figures, features = facts.measured["test"].figures, len(facts.manifest.feature_names)
    lowest = min((each.auc[T1] for each in facts.measured["test"].subgroups), default=None)
    columns = [[c.name, c.meaning, "left out" if c.name in facts.dropped else "yes"] for c in INPUT_COLUMNS]
    return fill(
        "tripod_ai",
        shared=shared_text(),
        sections=sections,
        origin=find_origin(facts.kind, facts.declared),
        developer=facts.declared.developer.strip(),
        funding=facts.declared.funding.strip(),
        title=facts.title,
        code_commit=facts.manifest.code_commit,
        threshold=f"{facts.manifest.threshold:.4f}",
        left_out=facts.left_out,
        features=features,
        folds=FOLDS,
        train_events=f"{train.events[T1]:,}",
        train_share=percent(train.events[T1] / train.encounters),
        events_per_feature=f"{train.events[T1] / features:.1f}",
        undersampled="undersampl" in facts.title.lower(),
        test_encounters=f"{test.encounters:,}",
        test_events=f"{test.events[T1]:,}",
        enough_events=test.events[T1] >= USUAL_EVENTS,
        usual_events=USUAL_EVENTS,
        roc_auc_30d=figures[T1]["roc_auc"].show(),
        roc_auc_any=figures[T2]["roc_auc"].show(),
        ece_30d=figures[T1]["ece"].show(4),
        ece_any=figures[T2]["ece"].show(4),
        slope_30d=figures[T1]["calibration_slope"].show(2),
        lowest_group_auc="" if lowest is None else f"{lowest:.3f}",
        column_table=table(["column", "meaning", "used"], columns),
        flow_table=flow_table(facts),
        split_table=split_table(facts),
        demographic_table=demographic_table(facts),
        predictor_table=predictor_table(facts),
        figure_table=figure_table(facts),
    )
