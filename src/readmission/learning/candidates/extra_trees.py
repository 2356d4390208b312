"""Extremely randomised trees (Geurts et al. 2006, doi 10.1007/s10994-006-6226-1): a forest, kept small."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from readmission.learning.candidate import Features, Probabilities, TrainingRows
from readmission.learning.onnx_graph import GraphBuilder, Tree


@dataclass(frozen=True, slots=True)
class FittedExtraTrees:
    """A fitted forest."""

    forest: ExtraTreesClassifier
    rounds: int | None = None

    def predict(self, features: Features) -> Probabilities:
        """Probabilities float64[N, 3]."""
        return np.asarray(self.forest.predict_proba(features), dtype=np.float64)

    def export(self, graph: GraphBuilder) -> str:
        """Every tree adds its share of the mean."""
        share = len(self.forest.estimators_)
        trees = [
            Tree(
                features=tree.feature.astype(np.int64),
                thresholds=tree.threshold,
                left=tree.children_left,
                right=tree.children_right,
                leaf_values=tree.value[:, 0, :] / share,
                targets=(0, 1, 2),
            )
            for tree in (estimator.tree_ for estimator in self.forest.estimators_)
        ]
        return graph.trees(trees, n_targets=3)

    def reason_files(self) -> dict[str, bytes]:
        """None: the trees add up to probabilities, not to scores."""
        return {}


@dataclass(frozen=True, slots=True)
class ExtraTreesCandidate:
    """A forest of extremely randomised trees."""

    name: str = "extra-trees"
    title: str = "Extremely randomised trees"
    trees: int = 40
    min_samples_leaf: int = 50
    max_features: float = 0.3

    def parameters(self) -> dict[str, Any]:
        """What MLflow records."""
        return {
            "trees": self.trees,
            "min_samples_leaf": self.min_samples_leaf,
            "max_features": self.max_features,
        }

    def fit(self, rows: TrainingRows, seed: int, rounds: int | None = None) -> FittedExtraTrees:
        """Fit the forest on one thread, so that parallel tasks do not fight for the cores."""
        forest = ExtraTreesClassifier(
            n_estimators=self.trees,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features,
            random_state=seed,
            n_jobs=1,
        )
        return FittedExtraTrees(forest.fit(rows.features, rows.labels))


CANDIDATE = ExtraTreesCandidate()
