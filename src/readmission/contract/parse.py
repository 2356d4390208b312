"""How one text value of the CSV is read, column by column.

Reading decides the type and what counts as missing; whether the value is allowed is decided by the
checks generated from the same table of columns. The rules are those of :mod:`readmission.contract.encounter`.
"""

import re

from readmission.contract.encounter import MISSING_MARKS, NOT_MEASURED, Column

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_BIGINT = range(-(2**63), 2**63)


def parse_text(column: Column, text: str | None) -> int | str | None:
    """Read a text value.

    Returns:
        An integer where the column holds whole numbers, else the text itself; None if it is
        missing. An empty laboratory value means that the test was not done (``"None"``).

    Raises:
        ValueError: the column holds whole numbers and the text is none (of 64 bits).

    >>> from readmission.contract.encounter import BY_NAME
    >>> parse_text(BY_NAME["time_in_hospital"], "3"), parse_text(BY_NAME["race"], "?")
    (3, None)
    """
    if column.kind == "lab":
        return text or NOT_MEASURED
    if text is None or text in MISSING_MARKS:
        return None
    if not column.is_integer:
        return text
    if not _WHOLE_NUMBER.fullmatch(text) or int(text) not in _BIGINT:
        raise ValueError("not a whole number")
    return int(text)
