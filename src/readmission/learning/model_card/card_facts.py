"""Everything a card is written from: the run, its data, and what was measured on validation and test."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from readmission.learning.candidate import Candidate, Probabilities
from readmission.learning.model_card.describe_split import DescribedSplit, describe_split
from readmission.learning.model_card.measure_split import MeasuredSplit, measure_split
from readmission.learning.split_data import SplitData
from readmission.model.artifact import Manifest
from readmission.settings import ModelCardSettings


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is known of a version.

    ``declared``: what the operator says. ``parameters``: settings of training. ``rounds``: boosting rounds, where
    there are any. ``dropped``: columns without features. ``cross_validated``: mean metrics over the folds.
    ``rows``: encounters in the clean tables, by what they count. ``splits``: train, validation, test.
    ``measured``: validation and test.
    """

    declared: ModelCardSettings
    manifest: Manifest
    title: str
    parameters: Mapping[str, Any]
    rounds: int | None
    dropped: tuple[str, ...]
    cross_validated: Mapping[str, float]
    rows: Mapping[str, int]
    splits: Mapping[str, DescribedSplit]
    measured: Mapping[str, MeasuredSplit]

    @property
    def kind(self) -> str:
        """Of the data set: uci, file or synthetic."""
        return self.manifest.dataset["kind"]

    @property
    def left_out(self) -> str:
        """Names of the columns without features."""
        return ", ".join(self.dropped) or "none"


def collect_facts(
    declared: ModelCardSettings,
    manifest: Manifest,
    candidate: Candidate,
    cross_validated: Mapping[str, float],
    splits: Mapping[str, SplitData],
    probabilities: Mapping[str, Probabilities],
    rows: Mapping[str, int],
) -> CardFacts:
    """Describe the splits and measure the held-out ones.

    Args:
        declared: what the operator says.
        manifest: of the model's files.
        candidate: the way it was trained.
        cross_validated: metrics of the candidate's run; ``rounds`` among them where it boosts.
        splits: train, validation and test.
        probabilities: the model's answers for validation and test.
        rows: encounters in the clean tables, by what they count.
    """
    rounds = cross_validated.get("rounds")
    return CardFacts(
        declared=declared,
        manifest=manifest,
        title=candidate.title,
        parameters=candidate.parameters(),
        rounds=None if rounds is None else int(rounds),
        dropped=tuple(splits["train"].dropped),
        cross_validated=cross_validated,
        rows=rows,
        splits={name: describe_split(name, split) for name, split in splits.items()},
        measured={
            name: measure_split(splits[name], answers, manifest.threshold, manifest.seed)
            for name, answers in probabilities.items()
        },
    )
