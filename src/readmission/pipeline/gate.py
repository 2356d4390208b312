"""The gate: may a challenger become the champion? Pure: probabilities in, a decision with its numbers out.

Order of judgement: what would make an answer untrustworthy refuses the challenger; what makes it no better
than the champion keeps the champion. Every check is recorded with its value and its bound.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.target import T1, T2
from readmission.features.encoder import Encoder
from readmission.features.encoder_state import POOLED_DIAGNOSES
from readmission.pipeline.candidate import Probabilities
from readmission.pipeline.metrics import Labels, auc_standard_error, measure, split_targets

MIN_AUC = {T1: 0.60, T2: 0.60}
"""Floors: below, a model is of no use, whatever the champion."""
MAX_ECE = 0.05
MAX_AUC = {T1: 0.76, T2: 0.80}
"""Ceilings: no honest model of this data set comes near (0.68 and 0.71); a leak of the label goes beyond."""
MAX_OPTIMISM = 0.03
"""How much the cross-validated AUC may exceed that of the validation patients, beyond two standard errors of
the latter: more is leakage in training."""
AUC_MARGIN = 0.002
"""A gain must be at least this in one target; no target may lose as much."""
BRIER_TOLERANCE = 0.0005

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
    the ``<target>_roc_auc`` of its training, where known.
    """

    version: str
    model_hash: str
    dataset_kind: str
    probabilities: Probabilities
    encoder: Encoder
    cross_validated: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateResult:
    """The decision, its reason in a sentence, and all numbers."""

    decision: Decision
    reason: str
    checks: list[Check]
    challenger: dict[str, float]
    champion: dict[str, float] | None

    @property
    def evidence(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        return {
            "checks": [asdict(check) for check in self.checks],
            "challenger": self.challenger,
            "champion": self.champion,
        }


def judge(challenger: Contestant, champion: Contestant | None, labels: Labels) -> GateResult:
    """Decide on a challenger, on the same validation patients as the champion.

    Args:
        challenger: the version that wants to go live.
        champion: the live version; None where there is none.
        labels: classes of the validation encounters.
    """
    found = measure(challenger.probabilities, labels)
    theirs = None if champion is None else measure(champion.probabilities, labels)
    if champion is not None and challenger.model_hash == champion.model_hash:
        same = Check("model_hash", challenger.model_hash, "differs from the champion's", False)
        return GateResult("kept", "tie: the challenger is the champion's own model", [same], found, theirs)
    checks = [*_check_inputs(challenger), *_check_bounds(challenger, found, labels)]
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
    return _compare(checks, found, theirs)


def _check_inputs(challenger: Contestant) -> Iterable[Check]:
    state = challenger.encoder.state
    allowed = {column.name for column in INPUT_COLUMNS}
    read = {*challenger.encoder.columns, *state.one_hot, *state.rates} - {POOLED_DIAGNOSES}
    leaks = ", ".join(sorted(read - allowed))
    yield Check("inputs", leaks or "none", "no column but what is known at discharge", not leaks)


def _check_bounds(challenger: Contestant, found: Mapping[str, float], labels: Labels) -> Iterable[Check]:
    for target in (T1, T2):
        auc, ece = found[f"{target}_roc_auc"], found[f"{target}_ece"]
        low, high = MIN_AUC[target], MAX_AUC[target]
        yield Check(f"{target}_roc_auc_floor", auc, f"at least {low}", auc >= low)
        yield Check(f"{target}_roc_auc_ceiling", auc, f"at most {high}: beyond, the label leaks", auc <= high)
        yield Check(f"{target}_ece", ece, f"at most {MAX_ECE}", ece <= MAX_ECE)
        if (trained := challenger.cross_validated.get(f"{target}_roc_auc")) is not None:
            events = int(split_targets(challenger.probabilities, labels)[target][0].sum())
            allowed = MAX_OPTIMISM + 2 * auc_standard_error(auc, events, len(labels) - events)
            gap = trained - auc
            yield Check(f"{target}_optimism", gap, f"cross-validated AUC at most {allowed:.4f} above", gap <= allowed)


def _compare(checks: list[Check], found: dict[str, float], theirs: dict[str, float]) -> GateResult:
    gains = {target: found[f"{target}_roc_auc"] - theirs[f"{target}_roc_auc"] for target in (T1, T2)}
    losses = {target: found[f"{target}_brier"] - theirs[f"{target}_brier"] for target in (T1, T2)}
    for target in (T1, T2):
        gain, loss = gains[target], losses[target]
        checks.append(Check(f"{target}_roc_auc_gain", gain, f"above -{AUC_MARGIN}", gain > -AUC_MARGIN))
        checks.append(Check(f"{target}_brier_loss", loss, f"at most {BRIER_TOLERANCE}", loss <= BRIER_TOLERANCE))
    failed = [check for check in checks if not check.passed]
    if failed:
        return GateResult("refused", "worse than the champion: " + "; ".join(map(_say, failed)), checks, found, theirs)
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
