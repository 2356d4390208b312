"""Multinomial logistic regression on standardised features: the plain baseline every other must beat."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from readmission.learning.candidate import Features, Probabilities, TrainingRows, Trial
from readmission.learning.onnx_graph import FEATURES, GraphBuilder
from readmission.model.artifact import LINEAR_FILE
from readmission.model.linear_contributions import LinearScores

_BOUND = 5.0
"""Standard deviations a feature may stand out; keeps one extreme count from deciding a risk."""


@dataclass(frozen=True, slots=True)
class FittedLogisticRegression:
    """Standardisation, weights [F, 3], bias [3], and the mean of the standardised training rows."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    average: NDArray[np.float64]
    rounds: int | None = None

    def standardise(self, features: Features) -> Features:
        """Features centred, scaled and bounded."""
        return np.asarray(np.clip((features - self.mean) / self.scale, -_BOUND, _BOUND), dtype=np.float32)

    def predict(self, features: Features) -> Probabilities:
        """Probabilities float64[N, 3]."""
        scores = self.standardise(features) @ self.weights + self.bias
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))

    def export(self, graph: GraphBuilder) -> str:
        """The same computation as ONNX nodes."""
        centred = graph.node("Sub", [FEATURES, graph.constant(self.mean)])
        scaled = graph.node("Div", [centred, graph.constant(self.scale)])
        bounds = [graph.constant(np.array(-_BOUND)), graph.constant(np.array(_BOUND))]
        product = graph.node("MatMul", [graph.node("Clip", [scaled, *bounds]), graph.constant(self.weights)])
        return graph.node("Softmax", [graph.node("Add", [product, graph.constant(self.bias)])], axis=1)

    def reason_files(self) -> dict[str, bytes]:
        """Weights, and what the average encounter looks like."""
        scores = LinearScores(
            self.mean.astype(float), self.scale.astype(float), _BOUND, self.weights, self.bias, self.average
        )
        return {LINEAR_FILE: scores.to_json().encode()}


@dataclass(frozen=True, slots=True)
class LogisticRegressionCandidate:
    """L2-regularised multinomial regression."""

    name: str = "logistic-regression"
    title: str = "Logistic regression on standardised features"
    inverse_regularisation: float = 0.02

    def parameters(self) -> dict[str, Any]:
        """What MLflow records."""
        return {"C": self.inverse_regularisation, "bound": _BOUND}

    def suggest(self, trial: Trial) -> "LogisticRegressionCandidate":
        """What `readmission tune` may turn."""
        return replace(self, inverse_regularisation=trial.suggest_float("C", 0.0005, 1.0, log=True))

    def fit(self, rows: TrainingRows, seed: int, rounds: int | None = None) -> FittedLogisticRegression:
        """Fit by L-BFGS, which needs no random numbers."""
        scale = rows.features.std(axis=0)
        model = FittedLogisticRegression(
            mean=rows.features.mean(axis=0),
            scale=np.where(scale > 0, scale, 1).astype(np.float32),
            weights=np.empty((0, 3)),
            bias=np.empty(3),
            average=np.empty(0),
        )
        regression = LogisticRegression(C=self.inverse_regularisation, max_iter=400, tol=1e-4)
        standardised = model.standardise(rows.features)
        regression.fit(standardised, rows.labels)
        return FittedLogisticRegression(
            model.mean,
            model.scale,
            np.ascontiguousarray(regression.coef_.T, dtype=np.float64),
            regression.intercept_.astype(np.float64),
            standardised.mean(axis=0, dtype=np.float64),
        )


CANDIDATE = LogisticRegressionCandidate()
