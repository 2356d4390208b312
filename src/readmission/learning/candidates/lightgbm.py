"""Gradient-boosted trees (LightGBM) on all rows: strong regularisation, random splits, early stopping."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import lightgbm as lgb
import numpy as np

from readmission.learning.candidate import Features, Probabilities, TrainingRows, Trial
from readmission.learning.lightgbm_trees import REGULARISATION, count_rounds, read_trees, train_booster
from readmission.learning.onnx_graph import GraphBuilder
from readmission.model.artifact import BOOSTER_FILE

RECIPE: dict[str, Any] = {**REGULARISATION, "learning_rate": 0.05, "num_leaves": 31}
_MAX_ROUNDS = 1000
_PATIENCE = 40


@dataclass(frozen=True, slots=True)
class FittedLightGBM:
    """One three-class booster."""

    booster: lgb.Booster
    learning_curve: tuple[float, ...] = ()

    @property
    def rounds(self) -> int:
        """Boosting rounds that count."""
        return count_rounds(self.booster)

    def predict(self, features: Features) -> Probabilities:
        """Probabilities float64[N, 3]."""
        return np.asarray(self.booster.predict(features, num_iteration=self.rounds, num_threads=1))

    def export(self, graph: GraphBuilder) -> str:
        """The trees, then softmax."""
        return graph.node("Softmax", [graph.trees(read_trees(self.booster), n_targets=3)], axis=1)

    def reason_files(self) -> dict[str, bytes]:
        """The trees as LightGBM text."""
        return {BOOSTER_FILE: self.booster.model_to_string(num_iteration=self.rounds).encode()}


@dataclass(frozen=True, slots=True)
class LightGBMCandidate:
    """The recipe; see docs/explanation/encoder.md for what each part is worth."""

    name: str = "lightgbm"
    title: str = "LightGBM, three classes, all rows"
    recipe: Mapping[str, Any] = field(default_factory=lambda: RECIPE)

    def parameters(self) -> dict[str, Any]:
        """What MLflow records."""
        return {**self.recipe, "max_rounds": _MAX_ROUNDS, "patience": _PATIENCE}

    def suggest(self, trial: Trial) -> "LightGBMCandidate":
        """What `readmission tune` may turn."""
        tuned = {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.1, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 8, 64, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 20, 200, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 0.8),
            "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
            "lambda_l2": trial.suggest_float("lambda_l2", 0.5, 50.0, log=True),
            "path_smooth": trial.suggest_float("path_smooth", 1.0, 200.0, log=True),
        }
        return replace(self, recipe={**self.recipe, **tuned})

    def fit(self, rows: TrainingRows, seed: int, rounds: int | None = None) -> FittedLightGBM:
        """Train one booster."""
        curve: list[float] = []
        booster = train_booster(rows, self.recipe, seed, rounds, _MAX_ROUNDS, _PATIENCE, curve)
        return FittedLightGBM(booster, tuple(curve))


CANDIDATE = LightGBMCandidate()
