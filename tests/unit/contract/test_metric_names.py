"""Metrics in MLflow have a group, a target and a name; runs of before are still understood."""

import pytest

from readmission.contract.metric_names import CROSS_VALIDATION, add_group, read_group

MEASURED = {"log_loss": 0.9, "risk_30d_roc_auc": 0.68, "risk_any_pr_auc": 0.7, "risk_30d_ece": 0.006}


def test_names_have_a_group_and_a_target() -> None:
    assert add_group(MEASURED, "validation") == {
        "validation/log_loss": 0.9,
        "validation/risk_30d/roc_auc": 0.68,
        "validation/risk_any/pr_auc": 0.7,
        "validation/risk_30d/ece": 0.006,
    }


@pytest.mark.parametrize("group", ["cross_validation", "validation", "test"])
def test_what_was_written_is_read(group: str) -> None:
    others = add_group(dict.fromkeys(MEASURED, 1.0), "test" if group != "test" else "validation")
    assert read_group({**add_group(MEASURED, group), **others, "spare": 3.0}, group) == MEASURED


@pytest.mark.parametrize("group", ["cross_validation", "validation", "test"])
def test_a_model_of_before_is_read(group: str) -> None:
    old = {
        f"{each}_{name}": value
        for each in ("cross_validation", "validation", "test")
        for name, value in MEASURED.items()
    }
    assert read_group(old, group) == MEASURED


def test_a_candidate_of_before_is_read() -> None:
    assert read_group({**MEASURED, "rounds": 210.0}, CROSS_VALIDATION) == {**MEASURED, "rounds": 210.0}
    assert read_group(MEASURED, "validation") == {}
