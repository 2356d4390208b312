"""A scikit-learn classifier as a candidate: fit and predict_proba are its own, the export to ONNX is ours."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from readmission.errors import InvalidInputError
from readmission.learning.candidate import Features, Probabilities, TrainingRows
from readmission.learning.onnx_graph import FEATURES, ML_OPSET, OPSET, GraphBuilder, Tree
from readmission.model.session import open_session

EXPORT_TOLERANCE = 1e-6
_CLASSES = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class FittedSklearn:
    """A fitted classifier, and some of its training rows, which the exported graph is compared on."""

    name: str
    estimator: Any
    sample: Features
    rounds: int | None = None

    def predict(self, features: Features) -> Probabilities:
        """Probabilities float64[N, 3].

        Raises:
            InvalidInputError: they are not three probabilities a row, in the order of the classes.
        """
        found = np.asarray(self.estimator.predict_proba(features.astype(np.float64)), dtype=np.float64)
        classes = tuple(np.asarray(getattr(self.estimator, "classes_", _CLASSES)).tolist())
        if classes != _CLASSES or found.shape != (len(features), 3):
            raise InvalidInputError(
                f"candidate {self.name}: predict_proba returned {found.shape} for classes {classes}, "
                f"expected {(len(features), 3)} for {_CLASSES}"
            )
        if not np.isfinite(found).all() or np.abs(found.sum(axis=1) - 1).max(initial=0) > EXPORT_TOLERANCE:
            raise InvalidInputError(f"candidate {self.name}: predict_proba returned rows that do not add up to 1")
        return found

    def export(self, graph: GraphBuilder) -> str:
        """Nodes with the same probabilities: in float64 where ONNX Runtime has the operators, else in float32.

        Raises:
            InvalidInputError: no graph reproduces the classifier's probabilities to 1e-6.
        """
        if isinstance(self.estimator, HistGradientBoostingClassifier):
            return _export_histogram_trees(self.estimator, graph)
        problems = []
        expected = self.predict(self.sample)
        for number in (np.float64, np.float32):
            try:
                model = _convert(self.estimator, graph.n_features, number)
                trial = GraphBuilder(graph.n_features)
                answers = open_session(trial.finish(_include(trial, model, number))).run(None, {FEATURES: self.sample})[
                    0
                ]
            except Exception as error:  # the converter and ONNX Runtime raise errors of many kinds
                problems.append(f"{type(error).__name__}: {str(error).splitlines()[0]}")
                continue
            difference = float(np.abs(answers - expected).max())
            if difference <= EXPORT_TOLERANCE:
                return _include(graph, model, number)
            problems.append(f"its graph differs by {difference:.1e} in {number.__name__}")
        what = f"candidate {self.name}: {type(self.estimator).__name__} cannot be exported to ONNX"
        raise InvalidInputError(f"{what} ({'; '.join(problems)}): take another, or write its `export` yourself")

    def reason_files(self) -> dict[str, bytes]:
        """None: exact reasons need sums of trees or features."""
        return {}


@dataclass(frozen=True, slots=True)
class SklearnCandidate:
    """Any classifier with ``fit`` and ``predict_proba``, a pipeline too.

    Every ``random_state`` in it is set to the seed, and every ``n_jobs`` that is set to 1.
    """

    name: str
    title: str
    estimator: BaseEstimator

    def parameters(self) -> dict[str, Any]:
        """The classifier's parameters that are plain values."""
        plain = (str, int, float, bool, tuple)
        found = {name: value for name, value in self.estimator.get_params().items() if isinstance(value, plain)}
        return {"estimator": type(self.estimator).__name__, **found}

    def fit(self, rows: TrainingRows, seed: int, rounds: int | None = None) -> FittedSklearn:
        """Fit a fresh copy on one thread, in float64, as it predicts."""
        estimator = clone(self.estimator)
        for name, value in estimator.get_params().items():
            last = name.rpartition("__")[2]
            if last == "random_state":
                estimator.set_params(**{name: seed})
            elif last == "n_jobs" and value is not None:
                estimator.set_params(**{name: 1})
        with threadpool_limits(1):  # two candidates train side by side, and threads that fight for a core are slow
            estimator.fit(rows.features.astype(np.float64), rows.labels)
        return FittedSklearn(self.name, estimator, rows.features[:500])


def _convert(estimator: Any, n_features: int, number: type[np.floating[Any]]) -> onnx.ModelProto:
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    kind = DoubleTensorType if number is np.float64 else FloatTensorType
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model: onnx.ModelProto = convert_sklearn(
            estimator,
            initial_types=[(FEATURES, kind([None, n_features]))],
            options={id(estimator): {"zipmap": False}},
            target_opset={"": OPSET, "ai.onnx.ml": ML_OPSET},
        )
    return model


def _include(graph: GraphBuilder, model: onnx.ModelProto, number: type[np.floating[Any]]) -> str:
    """Add a converted model's nodes; returns the name of its probabilities, float32."""
    double = number is np.float64
    given = graph.node("Cast", [FEATURES], to=onnx.TensorProto.DOUBLE) if double else FEATURES
    probabilities = graph.include(model.graph, given, output=1)
    return graph.node("Cast", [probabilities], to=onnx.TensorProto.FLOAT) if double else probabilities


def _export_histogram_trees(model: Any, graph: GraphBuilder) -> str:
    """The converter does not know how today's scikit-learn stores these trees."""
    trees = [
        _read_histogram_tree(predictor.nodes, target)
        for iteration in model._predictors
        for target, predictor in enumerate(iteration)
    ]
    scores = graph.trees(trees, n_targets=3)
    baseline: NDArray[np.float64] = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(1, 3)
    return graph.node("Softmax", [graph.node("Add", [scores, graph.constant(baseline)])], axis=1)


def _read_histogram_tree(nodes: Any, target: int) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        features=nodes["feature_idx"].astype(np.int64),
        thresholds=nodes["num_threshold"].astype(np.float64),
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        leaf_values=np.where(leaf, nodes["value"], 0.0).reshape(-1, 1),
        targets=(target,),
    )
