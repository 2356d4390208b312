"""Where the model is known to fail."""

from readmission.contract.target import T1
from readmission.learning.measures.subgroups import MIN_PATIENTS, Subgroup
from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.card_text import fill
from readmission.learning.model_card.shared_text import shared_text
from readmission.learning.model_card.tables import percent, period_table

_ONLY_OF = {"synthetic": "synthetic", "known_ground": "uci"}
"""Failures of one kind of data set."""


def describe_failures(facts: CardFacts) -> str:
    """All of them, in the order of their file."""
    validation = facts.measured["validation"]
    failures = fill(
        "known_failures",
        shared=shared_text(),
        age_gap="; ".join(_find_age_gaps(facts)),
        smallest_group=MIN_PATIENTS,
        period_table=period_table(validation),
        concordance=percent(validation.figures[T1]["roc_auc"].value),
        missed=percent(1 - validation.decisions["sensitivity"].value),
    )
    return "\n\n".join(text for name, text in failures.items() if _ONLY_OF.get(name, facts.kind) == facts.kind)


def _find_age_gaps(facts: CardFacts) -> list[str]:
    """Best and worst age band of each split that has at least two large enough to judge."""
    gaps = []
    for name, measured in facts.measured.items():
        groups = [each for each in measured.subgroups if each.name.startswith("age: ")]
        if len(groups) >= 2:
            best, worst = max(groups, key=lambda each: each.auc[T1]), min(groups, key=lambda each: each.auc[T1])
            gaps.append(f"{name}: best for {_describe(best)}, worst for {_describe(worst)}")
    return gaps


def _describe(group: Subgroup) -> str:
    low, high = group.auc_interval[T1]
    return f"{group.name}, ROC AUC {group.auc[T1]:.3f} ({low:.3f} to {high:.3f})"
