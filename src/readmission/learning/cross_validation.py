"""Cross-validate a candidate in folds of patients; each fold learns its own encoder."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readmission.features.encoder import Encoder
from readmission.features.encounter_table import EncounterTable
from readmission.features.patient_folds import assign_folds
from readmission.learning.candidate import Candidate, Features, Probabilities, TrainingRows
from readmission.learning.candidate_problem import clear_candidate_errors
from readmission.learning.measures.metrics import measure

FOLDS = 4


@dataclass(frozen=True, slots=True)
class LabelledEncounters:
    """Encounters of one split with their classes and patients, in the order of ``encounter_id``."""

    encounters: EncounterTable
    labels: NDArray[np.int64]
    patients: NDArray[np.int64]

    @property
    def patient_count(self) -> int:
        """Distinct patients."""
        return len(np.unique(self.patients))

    def take(self, rows: NDArray[np.int64]) -> "LabelledEncounters":
        """Some of the rows, by position."""
        return LabelledEncounters(self.encounters.take(rows), self.labels[rows], self.patients[rows])

    def encode(self, seed: int, dropped: Collection[str]) -> tuple[Encoder, TrainingRows]:
        """Learn the encoder on these rows, and encode them cross-fitted."""
        encoder, features = Encoder.fit_transform(self.encounters, self.labels, self.patients, seed, dropped)
        return encoder, TrainingRows(features, self.labels, self.patients)


@dataclass(frozen=True, slots=True)
class EncodedFold:
    """One fold: encoded rows of the other folds to train on; its own rows' places, features and classes."""

    fold: int
    rows: TrainingRows
    held_out: NDArray[np.int64]
    features: Features
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FoldResult:
    """One fold: its number, metrics on its patients, boosting rounds, log loss by round if there are rounds."""

    fold: int
    metrics: dict[str, float]
    rounds: int | None
    learning_curve: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """All folds: predictions for every row by a model that never saw its patient, and the mean metrics."""

    out_of_fold: Probabilities
    folds: list[FoldResult]

    @property
    def mean_metrics(self) -> dict[str, float]:
        """Mean of each metric over the folds."""
        return {name: float(np.mean([fold.metrics[name] for fold in self.folds])) for name in self.folds[0].metrics}

    @property
    def rounds(self) -> int | None:
        """Median of the folds' boosting rounds; None for a candidate without rounds."""
        counts = [fold.rounds for fold in self.folds if fold.rounds is not None]
        return int(np.median(counts)) if counts else None


def cross_validate(
    data: LabelledEncounters,
    candidate: Candidate,
    seed: int,
    dropped: Collection[str] = (),
    on_fold: Callable[[FoldResult], None] = lambda _: None,
) -> CrossValidation:
    """Train on all folds but one, predict that one, for each of the four folds.

    Args:
        data: the train split.
        candidate: the way to train.
        seed: of the folds and of training.
        dropped: columns the encoder leaves out.
        on_fold: called after each fold.
    """
    out_of_fold = np.full((len(data.labels), 3), np.nan)
    results = []
    for fold in encode_folds(data, seed, dropped):
        with clear_candidate_errors(candidate.name, f"cannot be trained on fold {fold.fold}"):
            model = candidate.fit(fold.rows, seed)
            out_of_fold[fold.held_out] = model.predict(fold.features)
        metrics = measure(out_of_fold[fold.held_out], fold.labels)
        curve = tuple(getattr(model, "learning_curve", ()))  # only what is trained round by round has one
        results.append(FoldResult(fold.fold, metrics, model.rounds, curve))
        on_fold(results[-1])
        del fold, model  # the next fold is encoded in the memory of this one
    return CrossValidation(out_of_fold, results)


def encode_folds(data: LabelledEncounters, seed: int, dropped: Collection[str] = ()) -> Iterator[EncodedFold]:
    """The four folds, one after the other, each encoded by an encoder that never saw its patients.

    A fold is as large as the whole split's features; none is kept here.
    """
    numbers = assign_folds(data.patients, FOLDS, seed)
    for fold in range(FOLDS):
        yield _encode_fold(data, numbers, fold, seed, dropped)


def _encode_fold(
    data: LabelledEncounters, numbers: NDArray[np.int64], fold: int, seed: int, dropped: Collection[str]
) -> EncodedFold:
    held_out = np.flatnonzero(numbers == fold)
    encoder, rows = data.take(np.flatnonzero(numbers != fold)).encode(seed, dropped)
    checked = data.take(held_out)
    return EncodedFold(fold, rows, held_out, encoder.transform(checked.encounters), checked.labels)
