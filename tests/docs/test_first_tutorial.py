"""The first tutorial and the README show what the commands print: the same lines and fields the code writes."""

import json
import re
from pathlib import Path

import pytest

from readmission.cli.model import describe_prediction
from readmission.contract.encounter_input import decode_encounter
from readmission.contract.examples import EXAMPLES, FREQUENT_VISITOR
from readmission.contract.prediction import Prediction
from readmission.errors import InvalidInputError

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorials" / "first-prediction.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
BASE_RISK = {"risk_30d": 0.112413, "risk_any": 0.469418}
"""The average patient of the model the figures are of."""


def shown_answer(page: str) -> str:
    block = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert block is not None
    return block.group(1)


def test_the_lines_are_those_the_command_prints() -> None:
    answer = json.loads(shown_answer(TUTORIAL))
    printed = TUTORIAL.partition("```text\n")[2].partition("```")[0]
    for line in describe_prediction(answer, BASE_RISK):
        assert line in printed


@pytest.mark.parametrize("page", [README, TUTORIAL], ids=["README", "tutorial"])
def test_the_answer_has_the_fields_of_an_answer(page: str) -> None:
    text = shown_answer(page)
    answer = Prediction.model_validate_json(text)
    assert answer.decision == ("flag" if answer.risk_30d >= answer.threshold else "no_flag")
    assert list(json.loads(text)) == list(json.loads(answer.model_dump_json()))


def test_the_examples_are_all_there() -> None:
    assert [name for name in EXAMPLES if f"`{name}`" not in TUTORIAL and f"--example {name}" not in TUTORIAL] == []


def test_the_error_is_the_one_shown() -> None:
    with pytest.raises(InvalidInputError) as raised:
        decode_encounter(json.dumps({**FREQUENT_VISITOR, "gender": "Mail"}).encode())
    (problem,) = raised.value.problems
    shown = f"readmission: {raised.value.message}\n  {problem.field}: {problem.problem} (allowed: {problem.allowed})\n"
    assert shown in TUTORIAL
