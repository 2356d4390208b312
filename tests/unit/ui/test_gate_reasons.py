"""Every reason the gate can write is said in Spanish; what a person wrote stays."""

from readmission.learning.gate.decision import Check, say
from readmission.services.ui.models.gate_reasons import say_reason
from readmission.services.ui.words import Words

SPANISH = Words("es")


def test_the_gates_sentences_are_translated() -> None:
    checks = "; ".join(
        say(check)
        for check in (
            Check("risk_30d_roc_auc_floor", 0.55, "at least 0.6", False),
            Check("risk_any_brier_loss", 0.01, "at most 0.001", False),
        )
    )
    assert say_reason(f"worse than the champion: {checks}", SPANISH) == (
        "peor que el campeón: risk_30d_roc_auc_floor es 0.5500, debe ser al menos 0.6; "
        "risk_any_brier_loss es 0.0100, debe ser como máximo 0.001"
    )
    assert say_reason("tie: the best gain in ROC AUC is +0.0010, at least 0.002 is asked for", SPANISH).startswith(
        "empate:"
    )
    assert say_reason("first champion: every floor is met", SPANISH).startswith("primer campeón")


def test_english_and_a_persons_words_stay_as_they_are() -> None:
    for reason in (
        "better than the champion: ROC AUC risk_30d +0.0100",
        "refused: a is b, must be c",
        "Too many flags",
    ):
        assert say_reason(reason, Words("en")) == reason
    assert say_reason("Too many flags", SPANISH) == "Too many flags"
