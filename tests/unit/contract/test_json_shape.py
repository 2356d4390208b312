"""The shape of JSON: any value of ours passes, whatever its texts hold; depth and equal keys are found anywhere."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readmission.contract.json_shape import MOST_KEYS, MOST_LEVELS, check_depth, check_shape
from readmission.errors import InvalidInputError, MalformedBodyError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_json_passes_whatever_its_texts_hold(value: Any, as_ascii: bool) -> None:
    check_shape(json.dumps(value, ensure_ascii=as_ascii).encode())


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}"), ('["]]]", ', "]"), ('{"a":[1],"b":', "}")])
def test_the_deepest_that_passes_is_the_limit(opens: str, closes: str) -> None:
    check_shape((opens * (MOST_LEVELS - 1) + "1" + closes * (MOST_LEVELS - 1)).encode())
    with pytest.raises(MalformedBodyError):
        check_shape((opens * (MOST_LEVELS + 1) + "1" + closes * (MOST_LEVELS + 1)).encode())


def test_a_body_of_quotes_and_backslashes_is_read_once() -> None:
    """An expression that tried each quote as a beginning would need minutes for these."""
    for text in (b'"' + b'\\"' * 500_000, b'"\\' * 500_000, b'"' * 1_000_001):
        check_depth(text)


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '[{"b":{"a":1,"a":1}}]', '{"\\u0061":1,"a":2}'])
def test_equal_keys_are_found_at_any_depth_and_in_any_spelling(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_shape(text.encode())
    assert refused.value.problems[0].field == "a"


def test_an_object_has_no_more_keys_than_are_read() -> None:
    keys = {f"k{number}": 1 for number in range(MOST_KEYS)}
    check_shape(json.dumps(keys).encode())
    with pytest.raises(InvalidInputError, match="1001 keys"):
        check_shape(json.dumps({**keys, "one more": 1}).encode())
