"""Read one encounter from a request: decode and check it in one pass, or say what is wrong with every field.

The fast way is a msgspec decoder built from the column table. Only if it refuses does the slow way,
:func:`check_encounter`, look at every column and name all the problems at once.
"""

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from readmission.contract import codes
from readmission.contract.encounter import (
    COLUMNS,
    DIAGNOSES,
    DIAGNOSES_IN_WORDS,
    DIAGNOSIS_PATTERNS,
    DIAGNOSIS_SYSTEM,
    DIAGNOSIS_SYSTEMS,
    ICD9CM,
    ICD10CM,
    INPUT_COLUMNS,
    MISSING_MARKS,
    OPEN_CODE_MAX_LENGTH,
    SYSTEMS_IN_WORDS,
    Column,
    DiagnosisSystem,
)
from readmission.contract.json_shape import check_keys
from readmission.errors import FieldProblem, InvalidInputError, MalformedBodyError, NotEligibleError

_SCORED_COLUMNS = tuple(column for column in COLUMNS if column.kind != "target")
_NULLABLE = tuple(column.name for column in INPUT_COLUMNS if column.missing_allowed)
_DEFAULTS: dict[str, Any] = {column.name: column.default for column in INPUT_COLUMNS if column.default is not None}
_OPEN_CODES = tuple(column.name for column in INPUT_COLUMNS if column.kind == "open_code")
_PATTERNS = {column.name: re.compile(column.pattern) for column in INPUT_COLUMNS if column.kind == "open_code"}
_DIAGNOSIS_PATTERNS = {system: re.compile(pattern) for system, pattern in DIAGNOSIS_PATTERNS.items()}
_TITLES: dict[DiagnosisSystem, str] = {ICD9CM: "ICD-9-CM", ICD10CM: "ICD-10-CM"}
_MOST_KEPT = 20_000
_diagnoses_checked: dict[DiagnosisSystem, set[str | None]] = {
    system: {None, *MISSING_MARKS} for system in DIAGNOSIS_SYSTEMS
}
"""Spellings of diagnoses that passed: a look-up costs a tenth of a pattern. Bounded: callers choose what they send."""


class EncounterInput(NamedTuple):
    """One checked encounter.

    ``encounter`` holds every input column: None if missing, ``"None"`` for a laboratory test not done, ``"No"`` for a
    drug not named. Diagnoses are as they were sent; ``diagnosis_system`` is there if they are not ICD-9-CM.
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


def _make_decoder(*, defaults_may_be_null: bool) -> msgspec.json.Decoder[Any]:
    # Attribute names must be identifiers; `rename` gives the columns' own names (glyburide-metformin) back.
    attributes = {column.name.replace("-", "_"): column for column in _SCORED_COLUMNS}
    fields: list[Any] = []
    for name, column in attributes.items():
        if column.required:
            fields.append((name, _field_type(column)))
        else:
            null = None if column.default is None or defaults_may_be_null else msgspec.UnsetType
            fields.append((name, _field_type(column) | null | msgspec.UnsetType, msgspec.UNSET))
    fields.append((DIAGNOSIS_SYSTEM, DiagnosisSystem | None | msgspec.UnsetType, msgspec.UNSET))
    rename = {attribute: column.name for attribute, column in attributes.items()}
    struct = msgspec.defstruct("Encounter", fields, kw_only=True, rename=rename, forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(struct)


_decoder = _make_decoder(defaults_may_be_null=False)
_decoder_of_nulls = _make_decoder(defaults_may_be_null=True)
_WHERE_ABSENT: dict[str, Any] = {column.name: column.default for column in INPUT_COLUMNS if not column.required}
_nullable_values = itemgetter(*_NULLABLE)


def decode_encounter(body: bytes, default_system: DiagnosisSystem = ICD9CM) -> EncounterInput:
    """Decode the JSON of one encounter and check it against the contract.

    Args:
        body: the JSON.
        default_system: what the diagnoses are coded in if the encounter does not say.

    Raises:
        MalformedBodyError: the body is not JSON.
        InvalidInputError: fields break the contract, or are there twice; all of them are named.
        NotEligibleError: the patient died or left for hospice.

    >>> import json
    >>> from readmission.contract.examples import FREQUENT_VISITOR
    >>> read = decode_encounter(json.dumps({"encounter_id": 12, **FREQUENT_VISITOR}).encode())
    >>> read.encounter_id, read.encounter["A1Cresult"], read.encounter["acarbose"]
    (12, '>8', 'No')
    """
    try:
        encounter = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _explain(body, error, default_system) from None
    # The decoder takes the last of two equal keys. Each key brings a colon: as many as there are columns, no key twice.
    if body.count(b":") != len(encounter):
        check_keys(body)
    system: DiagnosisSystem = encounter.pop(DIAGNOSIS_SYSTEM, None) or default_system
    encounter_id, patient_nbr = encounter.pop("encounter_id", None), encounter.pop("patient_nbr", None)
    if len(encounter) != len(INPUT_COLUMNS):
        encounter = _WHERE_ABSENT | encounter
    # JSON has no raw control characters: only an escape can bring one in, and codes hardly ever have escapes.
    if b"\\" in body:
        _refuse_problems(tuple(_control_characters(encounter)))
    if not _diagnoses_checked[system].issuperset((encounter["diag_1"], encounter["diag_2"], encounter["diag_3"])):
        _check_diagnoses(encounter, system)
    if system != ICD9CM:
        encounter[DIAGNOSIS_SYSTEM] = system
    _bring_to_one_form(encounter)
    return EncounterInput(encounter, encounter_id, patient_nbr)


def _decode(body: bytes) -> dict[str, Any]:
    """The keys of the body with their values. A null where absent has a meaning is rare, so asked for only then."""
    try:
        encounter: dict[str, Any] = msgspec.to_builtins(_decoder.decode(body))
    except msgspec.ValidationError:
        encounter = msgspec.to_builtins(_decoder_of_nulls.decode(body))
        for name, default in _DEFAULTS.items():
            if encounter.get(name, default) is None:
                encounter[name] = default
    return encounter


def accept_encounter(encounter: dict[str, Any]) -> EncounterInput:
    """Bring a checked encounter to one form: marks to None, identifiers apart.

    Args:
        encounter: all columns but the target, defaults filled in; changed in place.

    Raises:
        NotEligibleError: the patient died or left for hospice.
    """
    _bring_to_one_form(encounter)
    return EncounterInput(encounter, encounter.pop("encounter_id", None), encounter.pop("patient_nbr", None))


def _bring_to_one_form(encounter: dict[str, Any]) -> None:
    if not MISSING_MARKS.isdisjoint(_nullable_values(encounter)):
        for name in _NULLABLE:
            if encounter[name] in MISSING_MARKS:
                encounter[name] = None
    if encounter["discharge_disposition_id"] in codes.NOT_ELIGIBLE_DISPOSITIONS:
        not_eligible = ", ".join(str(code) for code in sorted(codes.NOT_ELIGIBLE_DISPOSITIONS))
        problem = "the patient died or left for hospice, so cannot be readmitted"
        allowed = f"any discharge disposition but {not_eligible}"
        raise NotEligibleError(
            "Patients who died or left for hospice are not scored",
            (FieldProblem("discharge_disposition_id", problem, allowed),),
        )


def check_encounter(encounter: Mapping[str, Any], default_system: DiagnosisSystem = ICD9CM) -> tuple[FieldProblem, ...]:
    """Every problem of one encounter, column by column, then unknown keys. Values are never echoed."""
    system = encounter.get(DIAGNOSIS_SYSTEM)
    unknown_system = system is not None and system not in DIAGNOSIS_SYSTEMS
    read_as: DiagnosisSystem = default_system if system is None or unknown_system else system
    problems = [
        found
        for column in _SCORED_COLUMNS
        # What the codes of an unknown system should look like, nobody can say.
        if not (unknown_system and column.is_diagnosis)
        and (found := check_column(column, encounter.get(column.name), read_as))
    ]
    if unknown_system:
        problems.append(FieldProblem(DIAGNOSIS_SYSTEM, "is not an allowed value", SYSTEMS_IN_WORDS))
    known = {*(column.name for column in _SCORED_COLUMNS), DIAGNOSIS_SYSTEM}
    for key in encounter:
        if key == "readmitted":
            problems.append(FieldProblem(key, "is the outcome to be predicted, so must not be sent"))
        elif key not in known:
            problems.append(FieldProblem(str(key)[:OPEN_CODE_MAX_LENGTH], "is not a column of an encounter"))
    return tuple(problems)


def check_column(column: Column, value: Any, system: DiagnosisSystem = ICD9CM) -> FieldProblem | None:
    """What is wrong with one value, or None. The value is never echoed.

    Args:
        column: the column it is of.
        value: what was sent.
        system: what diagnoses are coded in.
    """
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
        problem = check_open_code(column, value, system)
    elif value not in column.allowed and not (column.missing_allowed and value in MISSING_MARKS):
        problem = "is not an allowed value"
    if problem is None:
        return None
    if column.is_diagnosis:
        return FieldProblem(column.name, problem, f"{DIAGNOSES_IN_WORDS[system]}; or missing (null or ?)")
    return FieldProblem(column.name, problem, column.allowed_in_words)


def check_open_code(column: Column, value: str, system: DiagnosisSystem = ICD9CM) -> str | None:
    """What is wrong with an open code, or None; marks of a missing value are right where one may be missing."""
    if len(value) > OPEN_CODE_MAX_LENGTH:
        return "is too long"
    # PostgreSQL cannot hold NUL, and no code has any other control character.
    if any(character < " " for character in value):
        return "has a control character"
    pattern = _DIAGNOSIS_PATTERNS[system] if column.is_diagnosis else _PATTERNS[column.name]
    if (column.missing_allowed and value in MISSING_MARKS) or pattern.fullmatch(value):
        return None
    # Never taken for a code of the system asked for: it would be scored as a diagnosis the model does not know.
    other = ICD10CM if system == ICD9CM else ICD9CM
    if _DIAGNOSIS_PATTERNS[other].fullmatch(value):
        return f"looks like an {_TITLES[other]} code"
    return f"is not an {_TITLES[system]} code"


def _check_diagnoses(encounter: Mapping[str, Any], system: DiagnosisSystem) -> None:
    _refuse_problems(check_encounter(encounter, system))
    if len(_diagnoses_checked[system]) < _MOST_KEPT:
        _diagnoses_checked[system].update(encounter[name] for name in DIAGNOSES)


def _control_characters(encounter: Mapping[str, Any]) -> list[FieldProblem]:
    columns = (column for column in INPUT_COLUMNS if column.name in _OPEN_CODES)
    return [found for column in columns if (found := check_column(column, encounter.get(column.name)))]


def _refuse_problems(problems: tuple[FieldProblem, ...]) -> None:
    if problems:
        raise InvalidInputError(f"{len(problems)} field(s) break the contract", problems)


def _explain(body: bytes, error: Exception, default_system: DiagnosisSystem) -> Exception:
    """The slow way: turn the decoder's first complaint into the full list."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return MalformedBodyError("The body is not valid JSON in UTF-8")
    if not isinstance(decoded, dict):
        problem = FieldProblem("body", f"must be one encounter, not {_type_name(decoded)}", "a JSON object")
        return InvalidInputError("The body must be a JSON object", (problem,))
    problems = check_encounter(decoded, default_system)
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
