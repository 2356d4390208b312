"""The gate: may a challenger become the champion? Pure: probabilities in, a decision with its numbers out.

Order of judgement: what would make an answer untrustworthy refuses the challenger; what makes it no better
than the champion keeps the champion. Every check is recorded with its value and its bound.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.target import T1, T2
from readmission.features.encoder import Encoder
from readmission.features.encoder_state import POOLED_DIAGNOSES
from readmission.pipeline.bootstrap import Interval, Weights, draw_patients, interval, weighted_aucs, weighted_means
from readmission.pipeline.candidate import Probabilities
from readmission.pipeline.cross_validation import LabelledEncounters
from readmission.pipeline.metrics import (
    Labels,
    auc_standard_error,
    calibration_bins,
    calibration_line,
    measure,
    slope_standard_error,
    split_targets,
)
from readmission.pipeline.subgroups import group_rows

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
AUC_MARGIN = 0.002
"""A gain must be at least this in one target; no target may lose as much."""
AUC_LOSS_BOUND = 0.005
"""Where the gain is no gain, even the unlucky end of its 95 % interval may not lose more than this."""
BRIER_TOLERANCE = 0.0005
SLOPE_TOLERANCE = 0.1
"""Calibration slope .9 to 1.1. Only where the patients are too few to tell (the standard error of the slope of right
risks is above half of this, so that its 95 % interval would not fit) three standard errors are allowed, and the
record says so. The real data's 20,000 validation encounters can tell."""
SUBGROUP_MARGIN = 0.01
"""A group with at least 300 patients is worse where its whole 95 % interval lies below minus this."""
SUBGROUP_GAP_MARGIN = 0.02
"""So is one whose mean risk lies further from its outcomes than the champion's, its whole interval beyond this."""
SUM_TOLERANCE = 1e-5
MAX_ROW_SECONDS = 0.005
FAST_ROW_SECONDS = 0.001
MAX_LATENCY_RATIO = 2.0
"""An answer may take twice the champion's processor time, unless it takes less than a millisecond anyway."""
_SEED = 296

Validation = LabelledEncounters
Decision = Literal["promoted", "kept", "refused"]


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate: its value, its bound, and whether it passed."""

    name: str
    value: float | str
    bound: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Contestant:
    """A version at the gate.

    ``probabilities``: on the validation patients, in one order for all contestants. ``cross_validated``:
    the ``<target>_roc_auc`` of its training, where known. ``row_seconds``: processor time of one answer, where
    measured. ``empty_card_items``: of its model card. ``origin``: hashes, code and seed it was made from.
    """

    version: str
    model_hash: str
    dataset_kind: str
    probabilities: Probabilities
    encoder: Encoder
    cross_validated: Mapping[str, float] = field(default_factory=dict)
    row_seconds: float | None = None
    empty_card_items: tuple[str, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateResult:
    """The decision, its reason in a sentence, and all numbers."""

    decision: Decision
    reason: str
    checks: list[Check]
    challenger: dict[str, float]
    champion: dict[str, float] | None
    origins: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def evidence(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        return {
            "checks": [asdict(check) for check in self.checks],
            "challenger": self.challenger,
            "champion": self.champion,
            "origins": self.origins,
        }


def judge(challenger: Contestant, champion: Contestant | None, validation: Validation) -> GateResult:
    """Decide on a challenger, on the same validation patients as the champion.

    Args:
        challenger: the version that wants to go live.
        champion: the live version; None where there is none.
        validation: the encounters both were scored on.
    """
    contestants = {"challenger": challenger} | ({} if champion is None else {"champion": champion})
    result = _judge(challenger, champion, validation)
    return replace(result, origins={role: dict(each.origin) for role, each in contestants.items()})


def _judge(challenger: Contestant, champion: Contestant | None, validation: Validation) -> GateResult:
    labels = validation.labels
    outputs = _check_outputs(challenger)
    if not outputs.passed:  # nothing can be measured of them
        return GateResult("refused", f"refused: {_say(outputs)}", [outputs], {}, None)
    found = measure(challenger.probabilities, labels)
    theirs = None if champion is None else measure(champion.probabilities, labels)
    if champion is not None and challenger.model_hash == champion.model_hash:
        same = Check("model_hash", challenger.model_hash, "differs from the champion's", False)
        return GateResult("kept", "tie: the challenger is the champion's own model", [same], found, theirs)
    checks = [
        outputs,
        *_check_inputs(challenger),
        *_check_bounds(challenger, found, labels),
        *_check_calibration(challenger, validation),
        *_check_service(challenger, champion),
    ]
    if champion is not None and champion.dataset_kind != "synthetic":
        real = challenger.dataset_kind != "synthetic"
        checks.append(Check("dataset_kind", challenger.dataset_kind, "not synthetic where the champion is not", real))
    failed = [check for check in checks if not check.passed]
    if failed:
        return GateResult("refused", "refused: " + "; ".join(map(_say, failed)), checks, found, theirs)
    if champion is None or theirs is None:
        return GateResult("promoted", "first champion: every floor is met", checks, found, theirs)
    if champion.dataset_kind == "synthetic" != challenger.dataset_kind:
        reason = "a champion trained on synthetic data never defends against real data; every floor is met"
        return GateResult("promoted", reason, checks, found, theirs)
    return _compare(challenger, champion, validation, checks, found, theirs)


def _check_inputs(challenger: Contestant) -> Iterable[Check]:
    state = challenger.encoder.state
    allowed = {column.name for column in INPUT_COLUMNS}
    read = {*challenger.encoder.columns, *state.one_hot, *state.rates} - {POOLED_DIAGNOSES}
    leaks = ", ".join(sorted(read - allowed))
    yield Check("inputs", leaks or "none", "no column but what is known at discharge", not leaks)


def _check_outputs(challenger: Contestant) -> Check:
    probabilities = challenger.probabilities
    bound = f"three probabilities of at least 0 that add up to 1 within {SUM_TOLERANCE}"
    if not (np.isfinite(probabilities).all() and (probabilities >= 0).all()):
        return Check("outputs", "no probabilities", bound, False)
    error = float(np.abs(probabilities.sum(axis=1) - 1).max())
    return Check("outputs", error, bound, error <= SUM_TOLERANCE)


def _check_bounds(challenger: Contestant, found: Mapping[str, float], labels: Labels) -> Iterable[Check]:
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
    """The bound on the ECE, and why it is not the usual one where it is not.

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


def _check_calibration(challenger: Contestant, validation: Validation) -> Iterable[Check]:
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


def _check_service(challenger: Contestant, champion: Contestant | None) -> Iterable[Check]:
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


def _check_pairs(challenger: Contestant, champion: Contestant, validation: Validation) -> Iterable[Check]:
    """Both versions on the same resampled patients, so that what they share cancels out."""
    labels = validation.labels
    weights = draw_patients(validation.patients, _SEED)
    groups = group_rows(validation.encounters, validation.patients)
    for target in (T1, T2):
        outcomes, ours = split_targets(challenger.probabilities, labels)[target]
        _, theirs = split_targets(champion.probabilities, labels)[target]
        gain, (low, high) = _paired_gain(outcomes, ours, theirs, weights)
        name = f"{target}_roc_auc_gain"
        yield Check(name, gain, f"above -{AUC_MARGIN}", gain > -AUC_MARGIN)
        bound = f"above -{AUC_LOSS_BOUND} (95 % interval {low:+.4f} to {high:+.4f})"
        yield Check(f"{target}_roc_auc_gain_low", low, bound, low > -AUC_LOSS_BOUND or gain >= AUC_MARGIN)
        for group, rows in groups.items():
            if len(np.unique(outcomes[rows])) < 2:
                continue
            gain, (low, high) = _paired_gain(outcomes[rows], ours[rows], theirs[rows], weights[:, rows])
            bound = f"95 % interval not wholly below -{SUBGROUP_MARGIN} (it ends at {high:+.4f})"
            yield Check(f"{target}_roc_auc_gain in {group}", gain, bound, high >= -SUBGROUP_MARGIN)
            gap, (low, high) = _paired_gap(outcomes[rows], ours[rows], theirs[rows], weights[:, rows])
            bound = f"95 % interval not wholly above {SUBGROUP_GAP_MARGIN} (it begins at {low:+.4f})"
            yield Check(f"{target}_calibration_gap_growth in {group}", gap, bound, low <= SUBGROUP_GAP_MARGIN)


def _paired_gain(
    outcomes: NDArray[np.bool_], ours: Probabilities, theirs: Probabilities, weights: Weights
) -> tuple[float, Interval]:
    drawn = weighted_aucs(outcomes, ours, weights) - weighted_aucs(outcomes, theirs, weights)
    once = np.ones((1, len(outcomes)), dtype=np.float32)
    gain = weighted_aucs(outcomes, ours, once)[0] - weighted_aucs(outcomes, theirs, once)[0]
    return float(gain), interval(drawn)


def _paired_gap(
    outcomes: NDArray[np.bool_], ours: Probabilities, theirs: Probabilities, weights: Weights
) -> tuple[float, Interval]:
    """How much further our mean risk lies from the share of outcomes than theirs."""
    growth = np.abs(weighted_means(ours - outcomes, weights)) - np.abs(weighted_means(theirs - outcomes, weights))
    return float(abs((ours - outcomes).mean()) - abs((theirs - outcomes).mean())), interval(growth)


def _compare(
    challenger: Contestant,
    champion: Contestant,
    validation: Validation,
    checks: list[Check],
    found: dict[str, float],
    theirs: dict[str, float],
) -> GateResult:
    checks += _check_pairs(challenger, champion, validation)
    for target in (T1, T2):
        loss = found[f"{target}_brier"] - theirs[f"{target}_brier"]
        checks.append(Check(f"{target}_brier_loss", loss, f"at most {BRIER_TOLERANCE}", loss <= BRIER_TOLERANCE))
    failed = [check for check in checks if not check.passed]
    if failed:
        return GateResult("refused", "worse than the champion: " + "; ".join(map(_say, failed)), checks, found, theirs)
    gains = {target: found[f"{target}_roc_auc"] - theirs[f"{target}_roc_auc"] for target in (T1, T2)}
    best = max(gains.values())
    checks.append(Check("best_roc_auc_gain", best, f"at least {AUC_MARGIN}", best >= AUC_MARGIN))
    if best < AUC_MARGIN:
        reason = f"tie: the best gain in ROC AUC is {best:+.4f}, at least {AUC_MARGIN} is asked for"
        return GateResult("kept", reason, checks, found, theirs)
    gained = ", ".join(f"{target} {gain:+.4f}" for target, gain in gains.items())
    return GateResult("promoted", f"better than the champion: ROC AUC {gained}", checks, found, theirs)


def _say(check: Check) -> str:
    value = f"{check.value:.4f}" if isinstance(check.value, float) else check.value
    return f"{check.name} is {value}, must be {check.bound}"
