"""Read encounters from the rows of a table: CSV text, or the columns of Arrow, Parquet and SQL.

Each column keeps what it has read: a value seen before costs one look-up, so a row costs a few microseconds.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from typing import Any

from readmission.contract.encounter import (
    BY_NAME,
    COLUMNS,
    DIAGNOSIS_SYSTEM,
    DIAGNOSIS_SYSTEMS,
    ICD9CM,
    MISSING_MARKS,
    Column,
    DiagnosisSystem,
)
from readmission.contract.encounter_input import EncounterInput, accept_encounter, check_column, check_encounter
from readmission.contract.parse import parse_text
from readmission.errors import FieldProblem, InvalidInputError

_MOST_KEPT = 20_000
"""Values a column keeps; identifiers and codes made up by a caller must not fill the memory."""


class _BrokenValueError(Exception):
    """The value breaks the contract; the whole row is looked at again to name all its problems."""


class _ColumnReader(dict[Any, Any]):
    """Raw value to checked value, filled as values come."""

    def __init__(self, column: Column, system: DiagnosisSystem) -> None:
        super().__init__()
        self._column = column
        self._system = system

    def __missing__(self, raw: Any) -> Any:
        value = _read_value(self._column, raw)
        if check_column(self._column, value, self._system):
            raise _BrokenValueError
        if len(self) < _MOST_KEPT:
            self[raw] = value
        return value


class EncounterRows:
    """Reads the rows of one table.

    Args:
        header: names of the table's columns.
        ignore_target: leave a column ``readmitted`` unread instead of refusing it.
        default_system: what diagnoses are coded in if a row does not say.

    Raises:
        InvalidInputError: a column is unknown, double or missing; every one is named.
    """

    def __init__(
        self, header: Sequence[str], *, ignore_target: bool = False, default_system: DiagnosisSystem = ICD9CM
    ) -> None:
        self.header = tuple(header)
        ignored = {"readmitted"} if ignore_target else set()
        _check_header([name for name in self.header if name not in ignored])
        self._default_system = default_system
        self._system_at = self.header.index(DIAGNOSIS_SYSTEM) if DIAGNOSIS_SYSTEM in self.header else None
        apart = {*ignored, DIAGNOSIS_SYSTEM}
        self._taken = [position for position, name in enumerate(self.header) if name not in apart]
        self._takes_all = len(self._taken) == len(self.header)
        self._names = [self.header[position] for position in self._taken]
        shared = {name: _ColumnReader(BY_NAME[name], ICD9CM) for name in self._names if not BY_NAME[name].is_diagnosis}
        self._readers: dict[str | int, list[_ColumnReader]] = {
            system: [shared[name] if name in shared else _ColumnReader(BY_NAME[name], system) for name in self._names]
            for system in DIAGNOSIS_SYSTEMS
        }
        absent = (column.name for column in COLUMNS if column.kind != "target" and column.name not in self._names)
        self._absent = {name: BY_NAME[name].default for name in absent}

    def read(self, values: Sequence[str | int | None]) -> EncounterInput:
        """Check one row: text as in the CSV, or integers and None if the table has types.

        Raises:
            InvalidInputError: values break the contract; all of them are named.
            NotEligibleError: the patient died or left for hospice.
        """
        if len(values) != len(self.header):
            raise InvalidInputError(f"The row has {len(values)} values; the header names {len(self.header)} columns")
        given = None if self._system_at is None else values[self._system_at]
        system = self._default_system if given is None or given in MISSING_MARKS else given
        if not self._takes_all:
            values = [values[position] for position in self._taken]
        if system not in self._readers:
            raise self._explain(values, system)
        try:
            checked = [reader[value] for reader, value in zip(self._readers[system], values, strict=True)]
        except _BrokenValueError:
            raise self._explain(values, system) from None
        encounter = {**self._absent, **dict(zip(self._names, checked, strict=True))}
        if system != ICD9CM:
            encounter[DIAGNOSIS_SYSTEM] = system
        return accept_encounter(encounter)

    def _explain(self, values: Sequence[str | int | None], system: object) -> InvalidInputError:
        row = {name: _read_value(BY_NAME[name], raw) for name, raw in zip(self._names, values, strict=True)}
        problems = check_encounter({**row, DIAGNOSIS_SYSTEM: system})
        return InvalidInputError(f"{len(problems)} field(s) break the contract", problems)


def _read_value(column: Column, raw: str | int | None) -> str | int | None:
    value = raw
    if isinstance(raw, str):
        try:
            value = parse_text(column, raw)
        except ValueError:  # stays text, which the check refuses
            return raw
    return column.default if value is None else value


def _check_header(names: Sequence[str]) -> None:
    problems = []
    for name, times in Counter(names).items():
        if name not in BY_NAME and name != DIAGNOSIS_SYSTEM:
            problems.append(FieldProblem(name[:64], "is not a column of an encounter"))
        elif name == "readmitted":
            problems.append(FieldProblem(name, "is the outcome to be predicted, so must not be sent"))
        elif times > 1:
            problems.append(FieldProblem(name, "is there more than once"))
    required = (column for column in COLUMNS if column.required and column.name not in names)
    problems += [FieldProblem(column.name, "is required", column.allowed_in_words) for column in required]
    if problems:
        raise InvalidInputError(f"The header breaks the contract in {len(problems)} column(s)", tuple(problems))


def split_csv_line(line: bytes) -> list[str]:
    """The values of one line of CSV.

    Raises:
        InvalidInputError: the line is not CSV in UTF-8, or a quoted value goes on in the next line.
    """
    try:
        text = line.decode()
        return next(csv.reader((text,), strict=True), []) if '"' in text else text.split(",")
    except (UnicodeDecodeError, csv.Error):
        raise InvalidInputError("The line is not valid CSV in UTF-8 (a value has no line breaks)") from None
