"""What an answer says of values the model does not know: field, warning and kind of value; never the value."""

import json
from functools import lru_cache
from typing import Any

from readmission.contract.encounter import BY_NAME
from readmission.contract.prediction import ValueKind

UNSEEN = "no training row had this value in this field: it is scored as unknown"
OUT_OF_RANGE = "lies outside the range of all training rows"
UNMAPPED = "no ICD-9-CM category means the same as this ICD-10-CM code: it is scored as unknown"
AMBIGUOUS = (
    "this ICD-10-CM code may stand for several ICD-9-CM categories; the one commonest in training was scored, and"
    " risk_30d lies in the given range over all of them"
)
AMBIGUOUS_DECISION = f"{AMBIGUOUS}: the decision depends on which it is"


def make_warnings(fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """The warnings for fields whose value no training row had."""
    return [
        {"field": name, "warning": OUT_OF_RANGE if kind == "count" else UNSEEN, "value_kind": kind}
        for name, kind in ((name, kind_of(name)) for name in fields)
    ]


def warn_of_unmapped(field: str) -> dict[str, Any]:
    """The warning for an ICD-10-CM code that stands for nothing the model could know."""
    return {"field": field, "warning": UNMAPPED, "value_kind": kind_of(field)}


def warn_of_range(field: str, low: float, high: float, *, decision_depends: bool) -> dict[str, Any]:
    """The warning for an ICD-10-CM code that may stand for several categories.

    Args:
        field: of the diagnosis.
        low: the lowest ``risk_30d`` over them.
        high: the highest.
        decision_depends: the threshold lies between the two.
    """
    text = AMBIGUOUS_DECISION if decision_depends else AMBIGUOUS
    return {"field": field, "warning": text, "value_kind": kind_of(field), "risk_30d": [low, high]}


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
