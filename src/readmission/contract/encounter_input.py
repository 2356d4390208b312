"""Read one encounter from a request: decode and check it in one pass, or say what is wrong with every field.

The fast way is a msgspec decoder built from the column table. Only if it refuses does the slow way,
:func:`check_encounter`, look at every column and name all the problems at once.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from readmission.contract import codes
from readmission.contract.encounter import (
    COLUMNS,
    DIAGNOSES,
    ICD10_PATTERN,
    INPUT_COLUMNS,
    MISSING_MARKS,
    OPEN_CODE_MAX_LENGTH,
    Column,
)
from readmission.contract.json_shape import check_keys
from readmission.errors import FieldProblem, InvalidInputError, MalformedBodyError, NotEligibleError

_SCORED_COLUMNS = tuple(column for column in COLUMNS if column.kind != "target")
_NULLABLE = tuple(column.name for column in INPUT_COLUMNS if column.missing_allowed)
_DEFAULTS: dict[str, Any] = {column.name: column.default for column in INPUT_COLUMNS if column.default is not None}
_OPEN_CODES = tuple(column.name for column in INPUT_COLUMNS if column.kind == "open_code")
_PATTERNS = {column.name: re.compile(column.pattern) for column in INPUT_COLUMNS if column.kind == "open_code"}
_ICD10 = re.compile(ICD10_PATTERN)
_MOST_KEPT = 20_000
_diagnoses_checked: set[str | None] = {None, *MISSING_MARKS}
"""Spellings of diagnoses that passed: a look-up costs a tenth of a pattern. Bounded: callers choose what they send."""


class EncounterInput(NamedTuple):
    """One checked encounter.

    ``encounter`` holds every input column: None if missing, ``"None"`` for a laboratory test not done, ``"No"`` for a
    drug not named.
    The identifiers are kept apart, so that nothing that scores can see them.
    """

    encounter: dict[str, Any]
    encounter_id: int | None
    patient_nbr: int | None


def _field_type(column: Column) -> Any:
    if column.kind in ("identifier", "count"):
        return Annotated[int, msgspec.Meta(ge=column.minimum, le=column.maximum)]
    if column.kind == "coded":
        return Literal[tuple(column.labels)]
    if column.kind == "open_code":
        return Annotated[str, msgspec.Meta(max_length=OPEN_CODE_MAX_LENGTH)]
    return Literal[column.allowed + (tuple(MISSING_MARKS) if column.missing_allowed else ())]


def _make_decoder() -> msgspec.json.Decoder[Any]:
    # Attribute names must be identifiers; `rename` gives the columns' own names (glyburide-metformin) back.
    attributes = {column.name.replace("-", "_"): column for column in _SCORED_COLUMNS}
    fields: list[Any] = [
        (name, _field_type(column))
        if column.required
        else (name, _field_type(column) | None | msgspec.UnsetType, msgspec.UNSET)
        for name, column in attributes.items()
    ]
    rename = {attribute: column.name for attribute, column in attributes.items()}
    struct = msgspec.defstruct("Encounter", fields, kw_only=True, rename=rename, forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(struct)


_decoder = _make_decoder()
_WHERE_ABSENT: dict[str, Any] = {column.name: column.default for column in _SCORED_COLUMNS if not column.required}


def decode_encounter(body: bytes) -> EncounterInput:
    """Decode the JSON of one encounter and check it against the contract.

    Raises:
        MalformedBodyError: the body is not JSON.
        InvalidInputError: fields break the contract, or are there twice; all of them are named.
        NotEligibleError: the patient died or left for hospice.
    """
    try:
        encounter: dict[str, Any] = msgspec.to_builtins(_decoder.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _explain(body, error) from None
    # The decoder takes the last of two equal keys. Each key brings a colon: as many as there are columns, no key twice.
    if body.count(b":") != len(encounter):
        check_keys(body)
    if len(encounter) != len(_SCORED_COLUMNS):
        encounter = _WHERE_ABSENT | encounter
    # JSON has no raw control characters: only an escape can bring one in, and codes hardly ever have escapes.
    if b"\\" in body:
        _refuse_problems(tuple(_control_characters(encounter)))
    if not _diagnoses_checked.issuperset((encounter["diag_1"], encounter["diag_2"], encounter["diag_3"])):
        _check_diagnoses(encounter)
    _fill_defaults(encounter)
    return accept_encounter(encounter)


def accept_encounter(encounter: dict[str, Any]) -> EncounterInput:
    """Bring a checked encounter to one form: marks to None, identifiers apart.

    Args:
        encounter: all columns but the target, defaults filled in; changed in place.

    Raises:
        NotEligibleError: the patient died or left for hospice.
    """
    for name in _NULLABLE:
        if encounter.get(name) in MISSING_MARKS:
            encounter[name] = None
    if encounter["discharge_disposition_id"] in codes.NOT_ELIGIBLE_DISPOSITIONS:
        not_eligible = ", ".join(str(code) for code in sorted(codes.NOT_ELIGIBLE_DISPOSITIONS))
        problem = "the patient died or left for hospice, so cannot be readmitted"
        allowed = f"any discharge disposition but {not_eligible}"
        raise NotEligibleError(
            "Patients who died or left for hospice are not scored",
            (FieldProblem("discharge_disposition_id", problem, allowed),),
        )
    return EncounterInput(encounter, encounter.pop("encounter_id", None), encounter.pop("patient_nbr", None))


def check_encounter(encounter: Mapping[str, Any]) -> tuple[FieldProblem, ...]:
    """Every problem of one encounter, column by column, then unknown keys. Values are never echoed."""
    problems = [found for column in _SCORED_COLUMNS if (found := check_column(column, encounter.get(column.name)))]
    known = {column.name for column in _SCORED_COLUMNS}
    for key in encounter:
        if key == "readmitted":
            problems.append(FieldProblem(key, "is the outcome to be predicted, so must not be sent"))
        elif key not in known:
            problems.append(FieldProblem(str(key)[:OPEN_CODE_MAX_LENGTH], "is not a column of an encounter"))
    return tuple(problems)


def check_column(column: Column, value: Any) -> FieldProblem | None:
    """What is wrong with one value, or None. The value is never echoed."""
    problem: str | None = None
    if value is None:
        problem = "is required" if column.required else None
    elif column.is_integer:
        if isinstance(value, bool) or not isinstance(value, int):
            problem = f"must be a whole number, not {_type_name(value)}"
        elif column.kind == "coded":
            problem = None if value in column.labels else "is not a known code"
        elif not (column.minimum or 0) <= value <= (column.maximum or 0):
            problem = "is out of range"
    elif not isinstance(value, str):
        problem = f"must be text, not {_type_name(value)}"
    elif column.kind == "open_code":
        problem = check_open_code(column, value)
    elif value not in column.allowed and not (column.missing_allowed and value in MISSING_MARKS):
        problem = "is not an allowed value"
    return FieldProblem(column.name, problem, column.allowed_in_words) if problem else None


def check_open_code(column: Column, value: str) -> str | None:
    """What is wrong with an open code, or None; marks of a missing value are right where one may be missing."""
    if len(value) > OPEN_CODE_MAX_LENGTH:
        return "is too long"
    # PostgreSQL cannot hold NUL, and no code has any other control character.
    if any(character < " " for character in value):
        return "has a control character"
    if (column.missing_allowed and value in MISSING_MARKS) or _PATTERNS[column.name].fullmatch(value):
        return None
    # Never taken for an ICD-9-CM code: it would be scored as a diagnosis the model does not know.
    return "looks like an ICD-10-CM code" if _ICD10.fullmatch(value) else "is not an ICD-9-CM code"


def _check_diagnoses(encounter: Mapping[str, Any]) -> None:
    _refuse_problems(check_encounter(encounter))
    if len(_diagnoses_checked) < _MOST_KEPT:
        _diagnoses_checked.update(encounter[name] for name in DIAGNOSES)


def _fill_defaults(encounter: dict[str, Any]) -> None:
    """Null means what an absent field means."""
    for name, default in _DEFAULTS.items():
        if encounter[name] is None:
            encounter[name] = default


def _control_characters(encounter: Mapping[str, Any]) -> list[FieldProblem]:
    columns = (column for column in INPUT_COLUMNS if column.name in _OPEN_CODES)
    return [found for column in columns if (found := check_column(column, encounter.get(column.name)))]


def _refuse_problems(problems: tuple[FieldProblem, ...]) -> None:
    if problems:
        raise InvalidInputError(f"{len(problems)} field(s) break the contract", problems)


def _explain(body: bytes, error: Exception) -> Exception:
    """The slow way: turn the decoder's first complaint into the full list."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return MalformedBodyError("The body is not valid JSON in UTF-8")
    if not isinstance(decoded, dict):
        problem = FieldProblem("body", f"must be one encounter, not {_type_name(decoded)}", "a JSON object")
        return InvalidInputError("The body must be a JSON object", (problem,))
    problems = check_encounter(decoded)
    if not problems:  # the two ways disagree: a defect of ours, yet still a clear refusal
        problems = (FieldProblem("body", str(error)),)
    return InvalidInputError(f"{len(problems)} field(s) break the contract", problems)


_TYPE_NAMES = {
    bool: "true or false",
    int: "a number",
    float: "a decimal number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def _type_name(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), "null")
