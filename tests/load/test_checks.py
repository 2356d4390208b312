"""The load test's own checks find what they are there to find."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from load_tests.encounters import pool
from load_tests.prove_stored import read_acknowledged
from load_tests.right_answers import RightAnswers, WrongAnswerError
from load_tests.thresholds import broken_thresholds
from readmission.contract.encounter_input import check_encounter

ANSWER: Mapping[str, Any] = {
    "prediction_id": "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f",
    "risk_30d": 0.2,
    "risk_any": 0.7,
    "decision": "flag",
    "threshold": 0.14,
    "model_name": "readmission",
    "model_version": "3",
    "created_at": "2026-01-15T09:30:00.123456Z",
    "warnings": [],
}


def test_the_pool_satisfies_the_contract_and_is_the_same_in_every_run() -> None:
    assert [check_encounter(encounter) for encounter in pool()] == [()] * len(pool())
    pool.cache_clear()
    assert len({str(encounter) for encounter in pool()}) > 190


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"risk_30d": 0.21}, "alone they were"),
        ({"risk_any": 0.5}, "alone they were"),
        ({"decision": "no_flag"}, "by the threshold"),
        ({"prediction_id": "0b5cbbf2-4a51-4a4f-9c0e-9ab6b8b2a3a1"}, "no UUIDv7"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_wrong_answer_is_found(change: dict[str, Any], said: str) -> None:
    answers = RightAnswers()
    answers.learn(0, ANSWER)
    with pytest.raises(WrongAnswerError, match=said):
        answers.check(0, {**ANSWER, **change})


def test_an_id_given_twice_is_found() -> None:
    answers = RightAnswers()
    answers.check(0, ANSWER)
    with pytest.raises(WrongAnswerError, match="twice"):
        answers.check(0, ANSWER)


def test_a_broken_threshold_is_named() -> None:
    bounds = {"error_ratio": 0.0, "p95": 1000}
    assert broken_thresholds({"error_ratio": 0.0, "p95": 1000}, bounds) == []
    assert broken_thresholds({"error_ratio": 0.1, "p95": 1200}, bounds) == [
        "error_ratio is 0.1, at most 0",
        "p95 is 1200, at most 1000",
    ]


def test_acknowledged_answers_are_read_from_every_process(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"acknowledged-{number}.csv").write_text(f"id-{number},{number},0.{number}\n")
    assert list(read_acknowledged(tmp_path)) == [("id-1", 1, 0.1), ("id-2", 2, 0.2)]
