"""What a candidate is: a named way to train a three-class model that can be exported."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from readmission.learning.onnx_graph import GraphBuilder

Features = NDArray[np.float32]
Probabilities = NDArray[np.float64]


class FittedModel(Protocol):
    """A trained model, before calibration."""

    @property
    def rounds(self) -> int | None:
        """Boosting rounds it was trained for; None if the idea does not apply."""

    # A model trained round by round may also have `learning_curve`: the log loss it stopped by, one number a round.

    def predict(self, features: Features) -> Probabilities:
        """Probabilities float64[N, 3] in the order of ``contract.target.CLASSES``."""

    def export(self, graph: GraphBuilder) -> str:
        """Add nodes that give the same probabilities; returns the name of their output."""

    def reason_files(self) -> dict[str, bytes]:
        """What a reader needs to take a score apart: ``booster.txt`` (LightGBM text of one booster whose raw
        scores are the model's), or ``linear.json``; empty if scores are not sums of trees or features.
        """


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Encoded training rows: features, classes, and the patients they belong to."""

    features: Features
    labels: NDArray[np.int64]
    patients: NDArray[np.int64]


class Candidate(Protocol):
    """A way to train. A file under ``learning/candidates/`` holds one as ``CANDIDATE``."""

    @property
    def name(self) -> str:
        """Short name, as the command line and MLflow show it; the file's name with hyphens."""

    @property
    def title(self) -> str:
        """One line for a person."""

    def parameters(self) -> dict[str, Any]:
        """What MLflow records."""

    def fit(self, rows: TrainingRows, seed: int, rounds: int | None = None) -> FittedModel:
        """Train on the rows, the same model for the same rows and seed.

        Args:
            rows: training rows; whatever is held out to stop early comes from these.
            seed: of everything random.
            rounds: train for this many boosting rounds instead of stopping early.
        """


class Trial(Protocol):
    """What a tuner offers a candidate: values to try. Optuna's trial is one."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number from ``low`` to ``high``."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number from ``low`` to ``high``."""


@runtime_checkable
class TunableCandidate(Candidate, Protocol):
    """A candidate that says which of its parameters may be tuned, and in which range."""

    def suggest(self, trial: Trial) -> Candidate:
        """The same way to train with values of the trial; names are those of :meth:`Candidate.parameters`."""
