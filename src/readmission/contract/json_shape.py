"""What JSON must look like before anyone reads it: not nested too deep, no key twice, no endless object."""

import json
import re
from typing import Any

from readmission.errors import FieldProblem, InvalidInputError, MalformedBodyError

MOST_LEVELS = 32
"""Levels of brackets in a body; none of ours has more than five."""
MOST_KEYS = 1_000
"""Keys of one object; an encounter has fifty."""
_MOST_NAME = 64
# Possessive, its end optional: a text of quotes and backslashes is read once, whatever is in it.
_STRING = re.compile(rb'"(?:[^"\\]+|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def check_shape(body: bytes) -> None:
    """Refuse JSON that parsers read differently or choke on. What is no JSON at all is left to them.

    Raises:
        MalformedBodyError: it is nested too deep, or its brackets do not match.
        InvalidInputError: an object has a key twice, or more keys than any of ours.

    >>> check_shape(b'{"age": "[50-60)", "age": "[60-70)"}')
    Traceback (most recent call last):
    readmission.errors.InvalidInputError: An object has a key more than once
    """
    check_depth(body)
    check_keys(body)


def check_depth(body: bytes) -> None:
    """Refuse JSON nested deeper than :data:`MOST_LEVELS`, without the recursion of a parser.

    Raises:
        MalformedBodyError: it is, or its brackets do not match.
    """
    brackets = _STRING.sub(b"", body).translate(None, _NOT_BRACKETS)
    for _ in range(MOST_LEVELS):
        if not brackets:
            return
        # Every round takes the innermost level away, wherever it is.
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    if brackets:
        raise MalformedBodyError(f"The body is not JSON, or is nested deeper than {MOST_LEVELS} levels")


def check_keys(body: bytes) -> None:
    """Refuse an object that has a key twice: which of the two values counts, no two parsers agree on.

    Raises:
        InvalidInputError: there is one, or one with more than :data:`MOST_KEYS` keys.
    """
    try:
        json.loads(body, object_pairs_hook=_check_pairs)
    except (ValueError, RecursionError):
        return


def _check_pairs(pairs: list[tuple[str, Any]]) -> None:
    """Keeps nothing of what it sees: the shape is all that is asked."""
    if len(pairs) > MOST_KEYS:
        raise InvalidInputError(f"An object has {len(pairs)} keys; at most {MOST_KEYS} are read")
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            problem = FieldProblem(key[:_MOST_NAME], "is there more than once", "each key once")
            raise InvalidInputError("An object has a key more than once", (problem,))
        seen.add(key)
