"""Absent, null and the value it stands for are one and the same; a key twice never passes, whichever decoder reads."""

import json
from typing import Any

import pytest

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.encounter_input import decode_encounter
from readmission.contract.examples import FREQUENT_VISITOR
from readmission.errors import InvalidInputError

DEFAULTS = {column.name: column.default for column in INPUT_COLUMNS if column.default is not None}


def decode(encounter: dict[str, Any]) -> dict[str, Any]:
    return decode_encounter(json.dumps(encounter).encode()).encounter


@pytest.mark.parametrize("name", DEFAULTS)
def test_null_and_absent_mean_the_default(name: str) -> None:
    said = decode({**FREQUENT_VISITOR, name: DEFAULTS[name]})
    assert decode({**FREQUENT_VISITOR, name: None}) == said
    assert decode({key: value for key, value in FREQUENT_VISITOR.items() if key != name}) == said


def test_all_defaults_null_at_once_are_read_as_absent() -> None:
    nulls = dict.fromkeys(DEFAULTS)
    absent = {key: value for key, value in FREQUENT_VISITOR.items() if key not in DEFAULTS}
    assert decode({**FREQUENT_VISITOR, **nulls}) == decode(absent)


@pytest.mark.parametrize("value", ["null", '"No"'])
def test_one_key_twice_and_another_absent_is_refused(value: str) -> None:
    """As many keys as columns: only counting both tells."""
    body = json.dumps({key: said for key, said in {**DEFAULTS, **FREQUENT_VISITOR}.items() if key != "acarbose"})
    with pytest.raises(InvalidInputError, match="more than once"):
        decode_encounter(f'{body[:-1]}, "examide": {value}}}'.encode())


def test_a_null_never_hides_what_is_wrong_elsewhere() -> None:
    with pytest.raises(InvalidInputError) as refused:
        decode({**FREQUENT_VISITOR, "acarbose": None, "age": "old", "insulin": "Much"})
    assert [problem.field for problem in refused.value.problems] == ["age", "insulin"]
