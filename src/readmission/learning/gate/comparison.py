"""Is a trustworthy challenger better than the champion? Both are measured on the same patients."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from readmission.contract.target import T1, T2
from readmission.learning.candidate import Probabilities
from readmission.learning.gate.decision import Check, Contestant, GateResult, Validation, say
from readmission.learning.measures.bootstrap import (
    Interval,
    Weights,
    draw_patients,
    interval,
    weighted_aucs,
    weighted_means,
)
from readmission.learning.measures.metrics import split_targets
from readmission.learning.measures.subgroups import group_rows

AUC_MARGIN = 0.002
"""A gain must be at least this in one target; no target may lose as much."""
AUC_LOSS_BOUND = 0.005
"""Where the gain is no gain, even the unlucky end of its 95 % interval may not lose more than this."""
BRIER_TOLERANCE = 0.0005
SUBGROUP_MARGIN = 0.01
"""A group with at least 300 patients is worse where its whole 95 % interval lies below minus this."""
SUBGROUP_GAP_MARGIN = 0.02
"""So is one whose mean risk lies further from its outcomes than the champion's, its whole interval beyond this."""
_SEED = 296


def compare(
    challenger: Contestant,
    champion: Contestant,
    validation: Validation,
    checks: list[Check],
    found: dict[str, float],
    theirs: dict[str, float],
) -> GateResult:
    """Better, a tie, or worse than the champion, on the same patients; ``found`` and ``theirs``: what was measured."""
    checks = [*checks, *_check_pairs(challenger, champion, validation)]
    for target in (T1, T2):
        loss = found[f"{target}_brier"] - theirs[f"{target}_brier"]
        checks.append(Check(f"{target}_brier_loss", loss, f"at most {BRIER_TOLERANCE}", loss <= BRIER_TOLERANCE))
    failed = [check for check in checks if not check.passed]
    if failed:
        return GateResult("refused", "worse than the champion: " + "; ".join(map(say, failed)), checks, found, theirs)
    gains = {target: found[f"{target}_roc_auc"] - theirs[f"{target}_roc_auc"] for target in (T1, T2)}
    best = max(gains.values())
    checks.append(Check("best_roc_auc_gain", best, f"at least {AUC_MARGIN}", best >= AUC_MARGIN))
    if best < AUC_MARGIN:
        reason = f"tie: the best gain in ROC AUC is {best:+.4f}, at least {AUC_MARGIN} is asked for"
        return GateResult("kept", reason, checks, found, theirs)
    gained = ", ".join(f"{target} {gain:+.4f}" for target, gain in gains.items())
    return GateResult("promoted", f"better than the champion: ROC AUC {gained}", checks, found, theirs)


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
