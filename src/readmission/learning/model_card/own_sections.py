"""Our own sections of the card."""

from collections.abc import Callable

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.target import T1, T2
from readmission.learning.model_card.card_facts import CardFacts
from readmission.learning.model_card.card_text import fill
from readmission.learning.model_card.data_origin import find_origin
from readmission.learning.model_card.known_failures import describe_failures
from readmission.learning.model_card.measure_split import MeasuredSplit
from readmission.learning.model_card.shared_text import shared_text
from readmission.learning.model_card.tables import (
    calibration_table,
    decision_table,
    figure_table,
    percent,
    split_table,
    subgroup_table,
    table,
)


def write_sections(facts: CardFacts) -> dict[str, str]:
    """Title of each section to its text."""
    manifest, shared = facts.manifest, shared_text()
    settings = {**facts.parameters, "seed": manifest.seed, "boosting rounds": facts.rounds or "does not apply"}
    return fill(
        "own_sections",
        shared=shared,
        failures=describe_failures(facts),
        origin=find_origin(facts.kind, facts.declared),
        identity_table=_identity_table(facts),
        split_table=split_table(facts),
        candidate=manifest.candidate,
        title=facts.title,
        features=len(manifest.feature_names),
        columns=len(INPUT_COLUMNS) - len(facts.dropped),
        left_out=facts.left_out,
        settings_table=table(["setting", "value"], [[str(name), str(value)] for name, value in settings.items()]),
        cross_validated_30d=f"{facts.cross_validated[f'{T1}_roc_auc']:.3f}",
        cross_validated_any=f"{facts.cross_validated[f'{T2}_roc_auc']:.3f}",
        figure_table=figure_table(facts),
        calibration_tables=_for_each_split(facts, calibration_table),
        subgroup_tables=_for_each_split(
            facts, lambda measured: subgroup_table(measured) if measured.subgroups else shared["no_group"]
        ),
        threshold=f"{manifest.threshold:.4f}",
        threshold_percent=percent(manifest.threshold),
        cost=f"{1 / manifest.threshold - 1:.1f}",
        decision_table=decision_table(facts),
    )


def _identity_table(facts: CardFacts) -> str:
    manifest = facts.manifest
    return table(
        ["what", "value"],
        [
            ["Kind of data set", facts.kind],
            ["SHA-256 of the data set", f"`{manifest.dataset['sha256']}`"],
            ["Code commit", f"`{manifest.code_commit}`"],
            ["Model hash", f"`{manifest.model_hash}`"],
            [
                "Registered",
                "the registry and `audit.promotions` hold the dates: this file is the same for the same run",
            ],
        ],
    )


def _for_each_split(facts: CardFacts, write: Callable[[MeasuredSplit], str]) -> str:
    return "\n\n".join(f"**{name}**\n\n{write(measured)}" for name, measured in facts.measured.items())
