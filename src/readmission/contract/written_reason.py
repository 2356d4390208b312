"""A reason a person gives, such as for overriding a decision: text that others can see."""

import unicodedata

_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Blanks that Unicode counts as letters or symbols."""


def is_readable(text: str) -> bool:
    """True if the text has a letter or digit that can be seen; spaces and zero-width characters are none."""
    return any(unicodedata.category(each)[0] in "LN" and each not in _UNSEEN for each in text)
