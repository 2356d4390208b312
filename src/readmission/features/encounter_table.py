"""Encounters by column: each distinct value once, and for every encounter the index of its value.

What is read, looked up or spelled is done once a value instead of once an encounter; all the rest is arithmetic on
arrays. A table is also a sequence of encounters, each made when it is asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import BY_NAME, DIAGNOSIS_SYSTEM, IDENTIFIERS

Codes = NDArray[np.unsignedinteger[Any]]
_ROWS_MADE_AT_ONCE = 1024
_MOST_COMBINATIONS = 65536
"""Columns are joined up to so many, counting those that no encounter has: their codes fit into 16 bits."""


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """One column.

    ``values``: distinct values, None for missing; some may belong to no encounter. ``codes``: unsigned integers[N],
    the index of each encounter's value.
    """

    values: tuple[Any, ...]
    codes: Codes

    def present(self) -> list[int]:
        """Indices of the values that have encounters."""
        present: list[int] = np.flatnonzero(np.bincount(self.codes, minlength=len(self.values))).tolist()
        return present

    def count(self) -> dict[Any, int]:
        """Encounters of each value that has any."""
        rows = np.bincount(self.codes, minlength=len(self.values)).tolist()
        return {self.values[code]: rows[code] for code in self.present()}

    def map(self, read: Callable[[Any], Any], dtype: Any = np.float64) -> NDArray[Any]:
        """What ``read`` makes of each encounter's value; it is called once for each value that has encounters."""
        numbers = np.zeros(len(self.values), dtype=dtype)
        for code in self.present():
            numbers[code] = read(self.values[code])
        read_of_each: NDArray[Any] = numbers[self.codes]
        return read_of_each

    def take(self, rows: Any) -> "ValueColumn":
        """The column of some encounters."""
        return ValueColumn(self.values, self.codes[rows])


class EncounterTable(Sequence[Mapping[str, Any]]):
    """Encounters by column.

    Args:
        size: encounters.
        columns: by the contract's name. An encounter has a value in each, which may be None.
        identifiers: int64[N] by name; identifiers have a value of their own for each encounter.
    """

    def __init__(
        self, size: int, columns: Mapping[str, ValueColumn], identifiers: Mapping[str, NDArray[np.int64]] | None = None
    ) -> None:
        self._size = size
        self.columns = dict(columns)
        self.identifiers = dict(identifiers or {})

    @classmethod
    def of(cls, encounters: Sequence[Mapping[str, Any]]) -> "EncounterTable":
        """Encounters of any kind as a table; a table is returned as it is.

        A column that some encounter lacks has the contract's default there, or None. Keys the contract does not know,
        and the target, are left out. The system of the diagnoses stays absent where it is.
        """
        if isinstance(encounters, EncounterTable):
            return encounters
        columns: dict[str, ValueColumn] = {}
        identifiers: dict[str, NDArray[np.int64]] = {}
        given = set().union(*encounters)
        names = [name for name, column in BY_NAME.items() if column.kind != "target"]
        for name in (name for name in (*names, DIAGNOSIS_SYSTEM) if name in given):
            absent = BY_NAME[name].default if name in BY_NAME else None
            if name not in IDENTIFIERS:
                index: dict[Any, int] = {}
                codes = (index.setdefault(each.get(name, absent), len(index)) for each in encounters)
                coded = np.fromiter(codes, np.uint32, len(encounters))
                columns[name] = ValueColumn(tuple(index), shrink_codes(coded, len(index)))
            elif all(each.get(name) is not None for each in encounters):
                identifiers[name] = np.array([each[name] for each in encounters], dtype=np.int64)
        return cls(len(encounters), columns, identifiers)

    def column(self, name: str) -> ValueColumn:
        """A column; one the table lacks has the contract's default, or None, for every encounter."""
        column = self.columns.get(name)
        return column or ValueColumn((BY_NAME[name].default,), np.zeros(self._size, dtype=np.uint8))

    def take(self, rows: Any) -> "EncounterTable":
        """Some of the encounters, by index, mask or slice."""
        identifiers = {name: numbers[rows] for name, numbers in self.identifiers.items()}
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        size = len(next(iter((*identifiers.values(), *(each.codes for each in columns.values()))), ()))
        return EncounterTable(size, columns, identifiers)

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> "EncounterTable": ...
    def __getitem__(self, index: int | slice) -> "dict[str, Any] | EncounterTable":
        if isinstance(index, slice):
            return self.take(index)
        if not -self._size <= index < self._size:
            raise IndexError(index)
        numbers = {name: int(column[index]) for name, column in self.identifiers.items()}
        row = numbers | {name: column.values[column.codes[index]] for name, column in self.columns.items()}
        return _without_absent_system(row)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The encounters one by one, a part of the table at a time."""
        for start in range(0, self._size, _ROWS_MADE_AT_ONCE):
            part = slice(start, start + _ROWS_MADE_AT_ONCE)
            columns = [numbers[part].tolist() for numbers in self.identifiers.values()]
            columns += [[each.values[code] for code in each.codes[part].tolist()] for each in self.columns.values()]
            names = (*self.identifiers, *self.columns)
            for row in zip(*columns, strict=True):
                yield _without_absent_system(dict(zip(names, row, strict=True)))


def _without_absent_system(row: dict[str, Any]) -> dict[str, Any]:
    """An encounter that names a system is translated from it: one that names none must not seem to."""
    if DIAGNOSIS_SYSTEM in row and row[DIAGNOSIS_SYSTEM] is None:
        del row[DIAGNOSIS_SYSTEM]
    return row


class TableBuilder:
    """Puts a table together from parts, so that only the codes of all parts are held."""

    def __init__(self) -> None:
        self._size = 0
        self._index: dict[str, dict[Any, int]] = {}
        self._codes: dict[str, list[Codes]] = {}
        self._identifiers: dict[str, list[NDArray[np.int64]]] = {}

    def add(
        self,
        size: int,
        columns: Mapping[str, tuple[Sequence[Any], NDArray[Any]]],
        identifiers: Mapping[str, NDArray[np.int64]],
    ) -> None:
        """Add a part.

        Args:
            size: encounters of the part.
            columns: by name the part's distinct values, and the index of each encounter's value among them.
            identifiers: int64 by name.
        """
        self._size += size
        for name, (values, codes) in columns.items():
            index = self._index.setdefault(name, {})
            renumbered = np.array([index.setdefault(value, len(index)) for value in values], dtype=np.uint32)
            part = renumbered[codes] if len(renumbered) else np.zeros(0, dtype=np.uint32)
            self._codes.setdefault(name, []).append(shrink_codes(part, len(index)))
        for name, numbers in identifiers.items():
            self._identifiers.setdefault(name, []).append(numbers)

    def build(self) -> EncounterTable:
        """The table of all parts. The builder is empty afterwards."""
        columns = {}
        for name, index in self._index.items():
            parts = self._codes.pop(name)
            columns[name] = ValueColumn(tuple(index), shrink_codes(np.concatenate(parts), len(index)))
        identifiers = {name: np.concatenate(parts) for name, parts in self._identifiers.items()}
        size, self._size, self._index, self._identifiers = self._size, 0, {}, {}
        return EncounterTable(size, columns, identifiers)


def shrink_codes(codes: NDArray[Any], values: int) -> Codes:
    """The codes in the smallest type that holds so many values."""
    return codes.astype(np.min_scalar_type(max(values - 1, 0)), copy=False)


@dataclass(frozen=True, slots=True)
class JoinedColumns:
    """Several columns read together: each combination of their values once, and for every encounter its index.

    ``parts``: for each column the code of its value in each combination. ``codes``: unsigned integers[N], the index of
    each encounter's combination. ``widths``: while columns are being joined, the values of those that are in the codes
    but not in the parts yet.
    """

    parts: tuple[NDArray[Any], ...]
    codes: Codes
    size: int
    widths: tuple[int, ...] = ()

    @classmethod
    def of(cls, column: ValueColumn) -> "JoinedColumns":
        """A first column."""
        return cls((np.arange(len(column.values)),), column.codes, len(column.values))

    def add(self, column: ValueColumn) -> "JoinedColumns":
        """One column more: every combination with every value."""
        width = len(column.values)
        codes = self.codes.astype(np.min_scalar_type(max(self.size * width - 1, 0)), copy=False)
        codes = codes * codes.dtype.type(width) + column.codes
        return JoinedColumns(self.parts, codes, self.size * width, (*self.widths, width))

    def drop_absent(self) -> "JoinedColumns":
        """The same with no combination that no encounter has."""
        occurs = np.zeros(self.size, dtype=bool)
        occurs[self.codes] = True
        present = np.flatnonzero(occurs)
        renumber = np.zeros(self.size, dtype=np.min_scalar_type(max(len(present) - 1, 0)))
        renumber[present] = np.arange(len(present))
        numbers, later = present, []
        for width in reversed(self.widths):
            numbers, codes = np.divmod(numbers, width)
            later.append(codes)
        parts = (*(part[numbers] for part in self.parts), *reversed(later))
        return JoinedColumns(parts, renumber.take(self.codes), len(present))


def join_columns(columns: Sequence[ValueColumn]) -> Iterator[tuple[int, int, JoinedColumns]]:
    """Neighbouring columns joined, as many together as have few combinations.

    Yields:
        The index of the first column and that after the last, and the columns.
    """
    start = 0
    joined: JoinedColumns | None = None
    for index, column in enumerate(columns):
        if joined is not None and joined.size * len(column.values) > _MOST_COMBINATIONS:
            joined = joined.drop_absent()
            if joined.size * len(column.values) > _MOST_COMBINATIONS:
                yield start, index, joined
                start, joined = index, None
        joined = JoinedColumns.of(column) if joined is None else joined.add(column)
    if joined is not None:
        yield start, len(columns), joined.drop_absent()
