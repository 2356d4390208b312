"""What an answer says of values the model never saw: field, warning and kind of value; never the value."""

import json
from functools import lru_cache

from readmission.contract.encounter import BY_NAME
from readmission.contract.prediction import ValueKind

UNSEEN = "no training row had this value in this field: it is scored as unknown"
OUT_OF_RANGE = "lies outside the range of all training rows"


def make_warnings(fields: tuple[str, ...]) -> list[dict[str, str]]:
    """The warnings for fields whose value no training row had."""
    return [
        {"field": name, "warning": OUT_OF_RANGE if kind == "count" else UNSEEN, "value_kind": kind}
        for name, kind in ((name, kind_of(name)) for name in fields)
    ]


def kind_of(field: str) -> ValueKind:
    """What kind of value a field holds."""
    column = BY_NAME[field]
    if column.is_diagnosis:
        return "diagnosis"
    return "count" if column.kind == "count" else "code" if column.kind == "open_code" else "category"


@lru_cache(maxsize=1024)
def write_warnings(fields: tuple[str, ...]) -> bytes | None:
    """The warnings as JSON, made once for each set of fields; None if there are none."""
    return json.dumps(make_warnings(fields)).encode() if fields else None
