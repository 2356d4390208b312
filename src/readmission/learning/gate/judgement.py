"""The judgement: untrustworthy is refused, no better is kept out, better goes live."""

from dataclasses import replace

from readmission.learning.gate.comparison import compare
from readmission.learning.gate.decision import Check, Contestant, GateResult, Validation, say
from readmission.learning.gate.floors import (
    check_bounds,
    check_calibration,
    check_inputs,
    check_outputs,
    check_service,
    check_threshold,
)
from readmission.learning.measures.metrics import measure


def judge(challenger: Contestant, champion: Contestant | None, validation: Validation) -> GateResult:
    """Decide on a challenger, on the same validation patients as the champion.

    Args:
        challenger: the version that wants to go live.
        champion: the live version; None if there is none.
        validation: the encounters both were scored on.
    """
    contestants = {"challenger": challenger} | ({} if champion is None else {"champion": champion})
    result = _judge(challenger, champion, validation)
    return replace(result, origins={role: dict(each.origin) for role, each in contestants.items()})


def _judge(challenger: Contestant, champion: Contestant | None, validation: Validation) -> GateResult:
    labels = validation.labels
    outputs = check_outputs(challenger)
    if not outputs.passed:  # nothing can be measured of them
        return GateResult("refused", f"refused: {say(outputs)}", [outputs], {}, None)
    found = measure(challenger.probabilities, labels)
    theirs = None if champion is None else measure(champion.probabilities, labels)
    if champion is not None and challenger.model_hash == champion.model_hash:
        same = Check("model_hash", challenger.model_hash, "differs from the champion's", False)
        return GateResult("kept", "tie: the challenger is the champion's own model", [same], found, theirs)
    checks = [
        outputs,
        *check_inputs(challenger),
        *check_bounds(challenger, found, labels),
        *check_calibration(challenger, validation),
        check_threshold(challenger),
        *check_service(challenger, champion),
    ]
    if champion is not None and champion.dataset_kind != "synthetic":
        real = challenger.dataset_kind != "synthetic"
        checks.append(Check("dataset_kind", challenger.dataset_kind, "not synthetic where the champion is not", real))
    failed = [check for check in checks if not check.passed]
    if failed:
        return GateResult("refused", "refused: " + "; ".join(map(say, failed)), checks, found, theirs)
    if champion is None or theirs is None:
        return GateResult("promoted", "first champion: every floor is met", checks, found, theirs)
    if champion.dataset_kind == "synthetic" != challenger.dataset_kind:
        reason = "a champion trained on synthetic data never defends against real data; every floor is met"
        return GateResult("promoted", reason, checks, found, theirs)
    return compare(challenger, champion, validation, checks, found, theirs)
