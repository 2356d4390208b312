"""Every way to break one field of an encounter, from the column table: shared by unit and integration tests."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from readmission.contract import codes
from readmission.contract.encounter import COLUMNS, OPEN_CODE_MAX_LENGTH
from readmission.contract.examples import FREQUENT_VISITOR

ABSENT = object()
ICD9_CODES = (
    *("428", "428.0", "250.83", "38", "008.45", "V27", "v27.0", "E935", "E935.9", "E030"),
    *("4280", "25083", "V271", "E9359"),
)
NO_ICD9_CODES = (
    *("CHF", "xyzzy", "insuficiencia", "428 CHF", " 428", "428.", "428.123", "428012", "V2", "V27123", "E93"),
    *("I50.9", "I509", "E11.9", "E119", "N17.9", "S72.001A", "-428", "4e2", "\u0664\u0662\u0668", "428\u00a0"),
)


class FieldCase(NamedTuple):
    """One value of one field (ABSENT: the key is left out) and whether the contract takes it."""

    field: str
    name: str
    value: Any
    valid: bool

    @property
    def encounter(self) -> dict[str, Any]:
        """The example encounter with this one field changed."""
        changed = {**FREQUENT_VISITOR, self.field: self.value}
        return {key: value for key, value in changed.items() if value is not ABSENT}


def field_cases() -> Iterator[FieldCase]:
    """Missing, wrong type, out of range and unknown value of every column."""
    for column in COLUMNS:
        if column.kind == "target":
            yield from (FieldCase(column.name, f"target {value}", value, False) for value in ("NO", None))
            continue
        yield FieldCase(column.name, "absent", ABSENT, not column.required)
        yield FieldCase(column.name, "null", None, not column.required)
        for mark in ("?", ""):
            yield FieldCase(column.name, f"mark {mark!r}", mark, column.missing_allowed)
        yield FieldCase(column.name, "list", [], False)
        yield FieldCase(column.name, "object", {}, False)
        yield FieldCase(column.name, "true", True, False)
        if column.is_integer:
            yield from (FieldCase(column.name, f"not integer {value!r}", value, False) for value in (1.0, 1.5, "1"))
            yield FieldCase(column.name, "huge", 10**40, False)
        if column.kind in ("identifier", "count"):
            assert column.minimum is not None
            assert column.maximum is not None
            for value, valid in ((column.minimum, True), (column.maximum, True)):
                yield FieldCase(column.name, f"bound {value}", value, valid)
            for value in (column.minimum - 1, column.maximum + 1):
                yield FieldCase(column.name, f"out of range {value}", value, False)
        elif column.kind == "coded":
            for code in column.labels:
                eligible = column.name != "discharge_disposition_id" or code not in codes.NOT_ELIGIBLE_DISPOSITIONS
                if eligible:
                    yield FieldCase(column.name, f"code {code}", code, True)
            yield FieldCase(column.name, "unknown code", max(column.labels) + 1, False)
            yield FieldCase(column.name, "negative code", -1, False)
        elif column.kind == "open_code":
            is_text = not column.is_diagnosis
            yield FieldCase(column.name, "unseen", "never-seen-before", is_text)
            yield FieldCase(column.name, "accents", "Cardiología", is_text)
            yield FieldCase(column.name, "escaped quote", 'a"b\\c', is_text)
            yield FieldCase(column.name, "longest", "x" * OPEN_CODE_MAX_LENGTH, is_text)
            for icd9 in ICD9_CODES:
                yield FieldCase(column.name, f"ICD-9 {icd9}", icd9, True)
            for text in NO_ICD9_CODES:
                yield FieldCase(column.name, f"no ICD-9 {text}", text, is_text)
            yield FieldCase(column.name, "too long", "x" * (OPEN_CODE_MAX_LENGTH + 1), False)
            yield FieldCase(column.name, "NUL", "a\x00", False)
            yield FieldCase(column.name, "newline", "a\n", False)
            yield FieldCase(column.name, "number", 1, False)
        else:
            yield from (FieldCase(column.name, f"allowed {value}", value, True) for value in column.allowed)
            yield FieldCase(column.name, "unknown value", "Sometimes", False)
            yield FieldCase(column.name, "trailing blank", column.allowed[0] + " ", False)
            yield FieldCase(column.name, "number", 1, False)


ALL_CASES = tuple(field_cases())
