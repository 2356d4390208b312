"""LightGBM as both of its candidates use it: train with early stopping, read the trees out."""

from collections.abc import Callable, Mapping
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from readmission.features.patient_folds import assign_folds
from readmission.learning.candidate import TrainingRows
from readmission.learning.onnx_graph import Tree

_PARTS = 8
"""One patient in eight is held out, of the rows given, to decide when to stop."""

FIXED: dict[str, Any] = {
    "objective": "multiclass",
    "num_class": 3,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,  # the same trees on every machine, and parallel tasks do not fight for the cores
    "verbose": -1,
}
REGULARISATION: dict[str, Any] = {
    "min_data_in_leaf": 60,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.75,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "path_smooth": 30.0,
    "extra_trees": True,
}
"""What keeps trees from learning single patients; the candidates add how fast and how large they grow."""


def train_booster(
    rows: TrainingRows,
    parameters: Mapping[str, Any],
    seed: int,
    rounds: int | None,
    max_rounds: int,
    patience: int,
    learning_curve: list[float] | None = None,
) -> lgb.Booster:
    """Train for ``rounds``, or until held-out patients of the same rows show no gain for ``patience`` rounds.

    ``learning_curve`` is filled with the log loss of the held-out patients after every round.
    """
    settings = {**FIXED, **parameters, "seed": seed}
    if rounds is not None:
        return lgb.train(settings, lgb.Dataset(rows.features, rows.labels), rounds)
    held_out = assign_folds(rows.patients, _PARTS, seed + 1) == 0
    data = lgb.Dataset(rows.features[~held_out], rows.labels[~held_out])
    checks = lgb.Dataset(rows.features[held_out], rows.labels[held_out], reference=data)
    stop = lgb.early_stopping(patience, verbose=False)
    recorded: dict[str, dict[str, list[float]]] = {}
    callbacks: list[Callable[..., Any]] = [stop, lgb.record_evaluation(recorded)]
    booster = lgb.train(settings, data, max_rounds, valid_sets=[checks], callbacks=callbacks)
    if learning_curve is not None:
        learning_curve += recorded["valid_0"]["multi_logloss"]
    return booster


def count_rounds(booster: lgb.Booster) -> int:
    """Rounds that count: up to the best where training stopped early."""
    return booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration()


def read_trees(booster: lgb.Booster, first_target: int = 0) -> list[Tree]:
    """The trees of a booster; tree ``i`` adds to target ``first_target + i % 3``."""
    dump = booster.dump_model(num_iteration=count_rounds(booster))
    return [
        _read_tree(tree["tree_structure"], first_target + index % 3) for index, tree in enumerate(dump["tree_info"])
    ]


def _read_tree(root: dict[str, Any], target: int) -> Tree:
    features: list[int] = []
    thresholds: list[float] = []
    left: list[int] = []
    right: list[int] = []
    values: list[float] = []

    def add(node: dict[str, Any]) -> int:
        index = len(features)
        is_leaf = "leaf_value" in node
        features.append(0 if is_leaf else node["split_feature"])
        thresholds.append(0.0 if is_leaf else node["threshold"])
        values.append(node["leaf_value"] if is_leaf else 0.0)
        left.append(-1)
        right.append(-1)
        if not is_leaf:
            left[index] = add(node["left_child"])
            right[index] = add(node["right_child"])
        return index

    add(root)
    return Tree(
        np.array(features),
        np.array(thresholds, dtype=np.float64),
        np.array(left),
        np.array(right),
        np.array(values, dtype=np.float64).reshape(-1, 1),
        (target,),
    )


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Softmax over the last axis."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))
