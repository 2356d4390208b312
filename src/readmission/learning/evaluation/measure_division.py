"""Train on one division, score its test encounters in every way, and give the numbers."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from readmission.contract.target import T1, T2
from readmission.learning.build_model import build_model
from readmission.learning.candidate import Probabilities
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import LabelledEncounters, cross_validate
from readmission.learning.evaluation import baselines
from readmission.learning.evaluation.divisions import Division
from readmission.learning.measures.bootstrap import (
    Interval,
    Weights,
    draw_patients,
    interval,
    weighted_aucs,
    weighted_eces,
    weighted_pr_aucs,
)
from readmission.learning.measures.metrics import Labels, split_targets

MODEL = "model (calibrated)"
FOLLOWED = "SVM on 1,000 undersampled rows, split by row (the followed project's way)"


@dataclass(frozen=True, slots=True)
class Score:
    """One way on one division: metric to value and interval. Metrics: ``risk_30d_roc_auc``, ``risk_any_ece``, ..."""

    way: str
    division: str
    values: dict[str, float]
    intervals: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class MeasuredDivision:
    """All ways on one division.

    ``train`` and ``test``: rows, patients, prevalence. ``tested``, ``probabilities``: the test encounters and the
    model's answers, where asked for; they are many.
    """

    name: str
    train: dict[str, float]
    test: dict[str, float]
    scores: list[Score]
    tested: LabelledEncounters | None = field(default=None, repr=False)
    probabilities: Probabilities | None = field(default=None, repr=False)


def measure_division(
    division: Division, candidate: str, seed: int, dropped: Collection[str], *, with_baselines: bool, keep: bool = False
) -> MeasuredDivision:
    """Train and score; nothing is chosen or tuned on the test encounters.

    Args:
        division: train and test.
        candidate: the way to train the model.
        seed: of training and bootstrap.
        dropped: columns without features of their own.
        with_baselines: score the baselines too.
        keep: give the test encounters and the model's answers back.
    """
    train, test = division.train, division.test
    way = find_candidate(candidate)
    folds = cross_validate(train, way, seed, dropped)
    built = build_model(train, way, folds.out_of_fold, seed, folds.rounds, dropped)
    weights = draw_patients(test.patients, seed)
    probabilities = built.predict(test)
    scores = [score_probabilities(MODEL, division.name, probabilities, test.labels, weights)]
    if with_baselines:
        scores += _score_baselines(division, seed, dropped, weights)
    described = (division.name, describe_rows(train), describe_rows(test), scores)
    return MeasuredDivision(*described, test, probabilities) if keep else MeasuredDivision(*described)


def _score_baselines(division: Division, seed: int, dropped: Collection[str], weights: Weights) -> list[Score]:
    train, test, name = division.train, division.test, division.name
    encoder, rows = train.encode(seed, dropped)
    lace = baselines.score_lace(test.encounters)
    raw, corrected = baselines.fit_undersampled(encoder, rows, test, seed)
    svm = {T1: baselines.fit_svm(encoder, rows, test, seed, 2), T2: baselines.fit_svm(encoder, rows, test, seed, 1)}
    probabilities = {
        "prevalence": baselines.predict_prevalence(train, test),
        "logistic regression": baselines.fit_logistic(encoder, rows, test, seed),
        "undersampling 1:1:1, as it comes": raw,
        "undersampling 1:1:1, prior put back": corrected,
    }
    return [
        *(score_probabilities(way, name, found, test.labels, weights) for way, found in probabilities.items()),
        score_ranks("LACE, approximated", name, {T1: lace, T2: lace}, test.labels, weights),
        score_ranks("SVM on 1,000 undersampled rows", name, svm, test.labels, weights),
    ]


def score_followed(division: Division, seed: int, dropped: Collection[str]) -> Score:
    """The followed project's way whole: its SVM, and its split by row."""
    encoder, rows = division.train.encode(seed, dropped)
    test = division.test
    ranks = {T1: baselines.fit_svm(encoder, rows, test, seed, 2), T2: baselines.fit_svm(encoder, rows, test, seed, 1)}
    return score_ranks(FOLLOWED, division.name, ranks, test.labels, draw_patients(test.patients, seed))


def score_probabilities(
    way: str, division: str, probabilities: Probabilities, labels: Labels, weights: Weights
) -> Score:
    """ROC AUC, PR AUC and ECE of both targets, with intervals."""
    targets = split_targets(probabilities, labels)
    found = score_ranks(way, division, {target: risks for target, (_, risks) in targets.items()}, labels, weights)
    once = np.ones((1, len(labels)), dtype=np.float32)
    for target, (outcomes, risks) in targets.items():
        found.values[f"{target}_ece"] = float(weighted_eces(outcomes, risks, once)[0])
        found.intervals[f"{target}_ece"] = interval(weighted_eces(outcomes, risks, weights))
    return found


def score_ranks(
    way: str, division: str, ranks: dict[str, NDArray[np.float64]], labels: Labels, weights: Weights
) -> Score:
    """ROC AUC and PR AUC of both targets, with intervals, of a score that is no probability."""
    outcomes = {T1: labels == 2, T2: labels >= 1}
    once = np.ones((1, len(labels)), dtype=np.float32)
    found = Score(way, division, {}, {})
    for name, metric in (("roc_auc", weighted_aucs), ("pr_auc", weighted_pr_aucs)):
        for target in (T1, T2):
            found.values[f"{target}_{name}"] = float(metric(outcomes[target], ranks[target], once)[0])
            found.intervals[f"{target}_{name}"] = interval(metric(outcomes[target], ranks[target], weights))
    return found


def describe_rows(data: LabelledEncounters) -> dict[str, float]:
    """Rows, patients and prevalence of both targets."""
    return {
        "rows": len(data.labels),
        "patients": data.patient_count,
        "prevalence_30d": float((data.labels == 2).mean()),
        "prevalence_any": float((data.labels >= 1).mean()),
    }
