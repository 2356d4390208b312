"""Exact contributions in a linear model: weight times distance from the average, for one encounter."""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readmission.errors import ArtifactError
from readmission.model.tree_contributions import Contributions, Floats


@dataclass(frozen=True, slots=True)
class LinearScores:
    """``clip((x - mean) / scale, -bound, bound) @ weights + bias``.

    ``average``: mean of the clipped features in training.
    """

    mean: Floats
    scale: Floats
    bound: float
    weights: Floats
    bias: Floats
    average: Floats

    def explain(self, row: NDArray[np.float32]) -> Contributions:
        """Contributions of each feature of a row float32[F]: its Shapley value, as features add up."""
        # float32 as the model itself computes it
        scaled = (row - self.mean.astype(np.float32)) / self.scale.astype(np.float32)
        clipped = np.clip(scaled, -self.bound, self.bound).astype(np.float64)
        by_feature = (clipped - self.average)[:, None] * self.weights
        average_score = self.average @ self.weights + self.bias
        return Contributions(by_feature, average_score, average_score + by_feature.sum(axis=0))

    def to_json(self) -> str:
        """The model as JSON."""
        fields = ("mean", "scale", "weights", "bias", "average")
        document = {name: getattr(self, name).tolist() for name in fields}
        return json.dumps({**document, "bound": self.bound}, sort_keys=True) + "\n"


def read_linear_scores(text: str) -> LinearScores:
    """Read what :meth:`LinearScores.to_json` wrote.

    Raises:
        ArtifactError: it cannot be read.
    """
    try:
        document = json.loads(text)
        bound = float(document.pop("bound"))
        return LinearScores(bound=bound, **{name: np.array(value, dtype=float) for name, value in document.items()})
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ArtifactError(f"the linear model cannot be read: {type(error).__name__}: {error}") from error
