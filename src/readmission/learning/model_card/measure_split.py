"""How good a model is on a held-out split, every figure with its interval over resampled patients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readmission.learning.candidate import Probabilities
from readmission.learning.measures.bootstrap import Weights, draw_patients, interval, weighted_aucs
from readmission.learning.measures.metrics import calibration_bins, calibration_line, measure, split_targets
from readmission.learning.measures.subgroups import Subgroup, measure_subgroups
from readmission.learning.measures.utility import measure_decisions
from readmission.learning.measures.weighted_metrics import SortedRisks
from readmission.learning.split_data import SplitData

PERIODS = 4
Outcomes = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MeasuredFigure:
    """A figure, and its 95 % interval where it has one."""

    value: float
    low: float | None = None
    high: float | None = None

    def show(self, digits: int = 3) -> str:
        """As the card writes it."""
        if self.low is None or self.high is None:
            return f"{self.value:.{digits}f}"
        return f"{self.value:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


@dataclass(frozen=True, slots=True)
class Period:
    """A quarter of the split in the order of ``encounter_id``, which stands for time."""

    encounters: int
    observed: float
    mean_risk: float
    roc_auc: MeasuredFigure


@dataclass(frozen=True, slots=True)
class MeasuredSplit:
    """One held-out split.

    ``figures`` by target, then name: roc_auc, pr_auc, brier, ece, calibration_slope, calibration_intercept.
    ``decisions``: on ``risk_30d`` at the threshold. ``calibration`` by target: mean risk, share with the outcome
    and encounters of each tenth. ``periods`` by target.
    """

    figures: dict[str, dict[str, MeasuredFigure]]
    decisions: dict[str, MeasuredFigure]
    calibration: dict[str, list[tuple[float, float, int]]]
    periods: dict[str, list[Period]]
    subgroups: list[Subgroup]


def measure_split(split: SplitData, probabilities: Probabilities, threshold: float, seed: int) -> MeasuredSplit:
    """Measure a split; the same seed gives the same intervals.

    Args:
        split: held-out encounters, in the order of ``encounter_id``.
        probabilities: float64[N, 3] of them.
        threshold: ``risk_30d`` from which a patient is flagged.
        seed: of the resampled patients.
    """
    data = split.data
    weights = draw_patients(data.patients, seed)
    targets = split_targets(probabilities, data.labels)
    found = measure(probabilities, data.labels)
    outcomes, risks = targets["risk_30d"]
    return MeasuredSplit(
        figures={target: _measure_target(target, *targets[target], found, weights) for target in targets},
        decisions=_measure_decisions(outcomes, risks, threshold, weights),
        calibration={
            target: [
                (float(risk), float(share), int(rows))
                for risk, share, rows in zip(*calibration_bins(*pair), strict=True)
            ]
            for target, pair in targets.items()
        },
        periods={target: _measure_periods(*pair, weights) for target, pair in targets.items()},
        subgroups=measure_subgroups(probabilities, data.labels, data.encounters, data.patients, threshold, seed),
    )


def _measure_target(
    target: str, outcomes: Outcomes, risks: Probabilities, found: dict[str, float], weights: Weights
) -> dict[str, MeasuredFigure]:
    """Values as the run logs them; intervals from the resampled patients."""
    ready = SortedRisks(risks, outcomes.astype(np.float64))
    drawn = [
        {**ready.discrimination(each), **ready.calibration(each)} for each in weights[:, ready.order].astype(np.float64)
    ]
    slope, intercept = calibration_line(outcomes, risks)
    values = {
        **{name: found[f"{target}_{name}"] for name in ("roc_auc", "pr_auc", "brier", "ece")},
        "calibration_slope": slope,
    }
    estimates = {
        name: MeasuredFigure(value, *interval(np.array([each[name] for each in drawn])))
        for name, value in values.items()
    }
    return {**estimates, "calibration_intercept": MeasuredFigure(intercept)}


def _measure_decisions(
    outcomes: Outcomes, risks: Probabilities, threshold: float, weights: Weights
) -> dict[str, MeasuredFigure]:
    flagged = risks >= threshold
    counted = (flagged & outcomes, flagged & ~outcomes, outcomes)
    hits, alarms, events = ((weights @ rows).astype(np.float64) for rows in counted)
    rows = weights.sum(axis=1, dtype=np.float64)
    odds = threshold / (1 - threshold)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = {
            "flag_rate": (hits + alarms) / rows,
            "sensitivity": hits / events,
            "specificity": 1 - alarms / (rows - events),
            "precision": hits / (hits + alarms),
            "number_needed_to_evaluate": (hits + alarms) / hits,
            "net_benefit": (hits - odds * alarms) / rows,
        }
    return {
        name: _estimate(value, drawn[name]) for name, value in measure_decisions(outcomes, risks, threshold).items()
    }


def _estimate(value: float, drawn: NDArray[np.float64]) -> MeasuredFigure:
    """Without an interval where a sample of patients leaves nothing to divide by."""
    if not np.isfinite(drawn).all():
        return MeasuredFigure(value)
    return MeasuredFigure(value, *interval(drawn))


def _measure_periods(outcomes: Outcomes, risks: Probabilities, weights: Weights) -> list[Period]:
    found = []
    for rows in np.array_split(np.arange(len(outcomes)), PERIODS):
        part, once = weights[:, rows], np.ones((1, len(rows)), dtype=np.float32)
        auc = float(weighted_aucs(outcomes[rows], risks[rows], once)[0])
        found.append(
            Period(
                encounters=len(rows),
                observed=float(outcomes[rows].mean()),
                mean_risk=float(risks[rows].mean()),
                roc_auc=_estimate(auc, weighted_aucs(outcomes[rows], risks[rows], part)),
            )
        )
    return found
