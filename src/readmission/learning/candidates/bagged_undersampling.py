"""LightGBM on bagged undersamples: each member sees as many rows of every class, then the prior is put back.

Undersampling alone ruins calibration (JAMIA 2022, PMC9382395); the correction multiplies each class by its
share in training over its share in the sample. Averaging several samples wins back the rows thrown away.
"""

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from readmission.learning.candidate import Features, Probabilities, TrainingRows
from readmission.learning.lightgbm_trees import REGULARISATION, count_rounds, read_trees, softmax, train_booster
from readmission.learning.onnx_graph import GraphBuilder

_MEMBERS = 5
_RECIPE: dict[str, Any] = {**REGULARISATION, "learning_rate": 0.06, "num_leaves": 15}
_MAX_ROUNDS = 300
_PATIENCE = 20


@dataclass(frozen=True, slots=True)
class FittedBag:
    """Members, and the correction of their raw scores: log of training share over sample share."""

    members: list[lgb.Booster]
    correction: NDArray[np.float64]

    @property
    def rounds(self) -> int:
        """Median of the members' rounds."""
        return int(np.median([count_rounds(member) for member in self.members]))

    def predict(self, features: Features) -> Probabilities:
        """Mean of the members' corrected probabilities, float64[N, 3]."""
        answers = [
            softmax(
                np.asarray(member.predict(features, num_iteration=count_rounds(member), raw_score=True, num_threads=1))
                + self.correction
            )
            for member in self.members
        ]
        return np.asarray(np.mean(answers, axis=0))

    def export(self, graph: GraphBuilder) -> str:
        """All trees at once, then correction, softmax and mean by member."""
        members = len(self.members)
        trees = [tree for index, member in enumerate(self.members) for tree in read_trees(member, 3 * index)]
        scores = graph.trees(trees, n_targets=3 * members)
        by_member = graph.node("Reshape", [scores, graph.constant(np.array([-1, members, 3], dtype=np.int64))])
        corrected = graph.node("Add", [by_member, graph.constant(self.correction)])
        return graph.node("ReduceMean", [graph.node("Softmax", [corrected], axis=2)], axes=[1], keepdims=0)

    def reason_files(self) -> dict[str, bytes]:
        """None: the mean of several boosters' probabilities has no scores of its own."""
        return {}


@dataclass(frozen=True, slots=True)
class BaggedUndersamplingCandidate:
    """Five undersamples, one booster each."""

    name: str = "bagged-undersampling"
    title: str = "LightGBM on bagged undersamples, prior put back"

    def parameters(self) -> dict[str, Any]:
        """What MLflow records."""
        return {**_RECIPE, "members": _MEMBERS, "max_rounds": _MAX_ROUNDS, "patience": _PATIENCE}

    def fit(self, rows: TrainingRows, seed: int, rounds: int | None = None) -> FittedBag:
        """Train one booster for each undersample."""
        random = np.random.default_rng(seed)
        shares = np.bincount(rows.labels, minlength=3)
        members = []
        for member in range(_MEMBERS):
            chosen = np.sort(
                np.concatenate(
                    [random.choice(np.flatnonzero(rows.labels == k), shares.min(), replace=False) for k in range(3)]
                )
            )
            sample = TrainingRows(rows.features[chosen], rows.labels[chosen], rows.patients[chosen])
            members.append(train_booster(sample, _RECIPE, seed + member, rounds, _MAX_ROUNDS, _PATIENCE))
        return FittedBag(members, np.log(3 * shares / shares.sum()))


CANDIDATE = BaggedUndersamplingCandidate()
