"""What makes an answer untrustworthy, whoever the champion is: outputs, leaks, floors, calibration, service."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.target import T1, T2
from readmission.features.encoder_state import POOLED_DIAGNOSES
from readmission.learning.candidate import Probabilities
from readmission.learning.decision_threshold import MISSED_PATIENT_COST, choose_threshold
from readmission.learning.gate.decision import Check, Contestant, Validation
from readmission.learning.measures.metrics import (
    Labels,
    auc_standard_error,
    calibration_bins,
    calibration_line,
    slope_standard_error,
    split_targets,
)

MIN_AUC = {T1: 0.60, T2: 0.60}
"""Floors: below, a model is of no use, whatever the champion."""
MAX_ECE = 0.02
"""An honest model of the real data stays below .013. On a small split chance alone gives more: see
:func:`_allow_ece`."""
LOOSEST_ECE = 0.05
MAX_AUC = {T1: 0.76, T2: 0.80}
"""Ceilings: no honest model of this data set comes near (0.68 and 0.71); a leak of the label goes beyond."""
MAX_OPTIMISM = 0.03
"""How much the cross-validated AUC may exceed that of the validation patients, beyond two standard errors of
the latter: more is leakage in training."""
SLOPE_TOLERANCE = 0.1
"""Calibration slope .9 to 1.1. Only if the patients are too few to tell (the standard error of the slope of right
risks is above half of this, so that its 95 % interval would not fit) three standard errors are allowed, and the
record says so. The real data's 20,000 validation encounters can tell."""
SUM_TOLERANCE = 1e-5
MAX_ROW_SECONDS = 0.005
FAST_ROW_SECONDS = 0.001
MAX_LATENCY_RATIO = 2.0
"""An answer may take twice the champion's processor time, unless it takes less than a millisecond anyway."""


def check_inputs(challenger: Contestant) -> Iterable[Check]:
    """Does it read anything that is not known at discharge?"""
    state = challenger.encoder.state
    allowed = {column.name for column in INPUT_COLUMNS}
    read = {*challenger.encoder.columns, *state.one_hot, *state.rates} - {POOLED_DIAGNOSES}
    leaks = ", ".join(sorted(read - allowed))
    yield Check("inputs", leaks or "none", "no column but what is known at discharge", not leaks)


def check_outputs(challenger: Contestant) -> Check:
    """Are its answers probabilities at all?"""
    probabilities = challenger.probabilities
    bound = f"three probabilities of at least 0 that add up to 1 within {SUM_TOLERANCE}"
    if not (np.isfinite(probabilities).all() and (probabilities >= 0).all()):
        return Check("outputs", "no probabilities", bound, False)
    error = float(np.abs(probabilities.sum(axis=1) - 1).max())
    return Check("outputs", error, bound, error <= SUM_TOLERANCE)


def check_bounds(challenger: Contestant, found: Mapping[str, float], labels: Labels) -> Iterable[Check]:
    """Floors and ceilings of AUC, ECE, and how much its training promised too much."""
    for target in (T1, T2):
        auc, ece = found[f"{target}_roc_auc"], found[f"{target}_ece"]
        low, high = MIN_AUC[target], MAX_AUC[target]
        yield Check(f"{target}_roc_auc_floor", auc, f"at least {low}", auc >= low)
        yield Check(f"{target}_roc_auc_ceiling", auc, f"at most {high}: beyond, the label leaks", auc <= high)
        allowed, why = _allow_ece(*split_targets(challenger.probabilities, labels)[target])
        yield Check(f"{target}_ece", ece, f"at most {allowed:.4g}{why}", ece <= allowed)
        if (trained := challenger.cross_validated.get(f"{target}_roc_auc")) is not None:
            events = int(split_targets(challenger.probabilities, labels)[target][0].sum())
            allowed = MAX_OPTIMISM + 2 * auc_standard_error(auc, events, len(labels) - events)
            gap = trained - auc
            yield Check(f"{target}_optimism", gap, f"cross-validated AUC at most {allowed:.4f} above", gap <= allowed)


def _allow_ece(outcomes: NDArray[np.bool_], risks: Probabilities) -> tuple[float, str]:
    """The bound on the ECE, and why it is not the usual one if it is not.

    Right risks have an ECE too, of chance alone: the mean size of normal errors, one for each group of rows. Where
    that and three of its standard deviations exceed the bound, it is widened to them, up to a limit.
    """
    mean_risk, _, rows = calibration_bins(outcomes, risks)
    errors = np.sqrt(mean_risk * (1 - mean_risk) / rows)
    share = rows / rows.sum()
    by_chance = np.sqrt(2 / np.pi) * (share * errors).sum()
    spread = np.sqrt((1 - 2 / np.pi) * ((share * errors) ** 2).sum())
    highest = float(by_chance + 3 * spread)
    if highest <= MAX_ECE:
        return MAX_ECE, ""
    return min(highest, LOOSEST_ECE), f" (too few patients for {MAX_ECE}: chance alone gives up to {highest:.4f})"


def check_calibration(challenger: Contestant, validation: Validation) -> Iterable[Check]:
    """Slope .9 to 1.1, or three standard errors where these patients are too few to tell."""
    for target, (outcomes, risks) in split_targets(challenger.probabilities, validation.labels).items():
        slope, intercept = calibration_line(outcomes, risks)
        error = slope_standard_error(risks)
        few = error > SLOPE_TOLERANCE / 2
        allowed = max(SLOPE_TOLERANCE, 3 * error) if few else SLOPE_TOLERANCE
        why = f" (too few patients for .9 to 1.1: standard error {error:.3f})" if few else ""
        bound = f"{1 - allowed:.3f} to {1 + allowed:.3f}{why}"
        yield Check(f"{target}_calibration_slope", slope, bound, abs(slope - 1) <= allowed)
        yield Check(f"{target}_calibration_slope_standard_error", error, "recorded only", True)
        yield Check(f"{target}_calibration_intercept", intercept, "recorded only", True)


def check_threshold(challenger: Contestant) -> Check:
    """Does it flag by the rule that training declares? Its risks may be right, and yet nobody or everybody flagged."""
    declared = choose_threshold()
    bound = f"{declared}, where a missed return costs as much as {MISSED_PATIENT_COST:g} needless follow-ups"
    return Check("threshold", challenger.threshold, bound, challenger.threshold == declared)


def check_service(challenger: Contestant, champion: Contestant | None) -> Iterable[Check]:
    """Processor time of an answer, and a whole model card."""
    if challenger.row_seconds is not None:
        bound = MAX_ROW_SECONDS
        yield Check("row_seconds", challenger.row_seconds, f"at most {bound}", challenger.row_seconds <= bound)
        if champion is not None and champion.row_seconds:
            ratio = challenger.row_seconds / champion.row_seconds
            fast = challenger.row_seconds <= FAST_ROW_SECONDS
            bound_text = f"at most {MAX_LATENCY_RATIO} times the champion's, or under {FAST_ROW_SECONDS} s"
            yield Check("latency_ratio", ratio, bound_text, fast or ratio <= MAX_LATENCY_RATIO)
    empty = ", ".join(challenger.empty_card_items)
    yield Check("model_card", empty or "complete", "no item empty", not empty)
