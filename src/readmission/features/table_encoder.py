"""The encoder a column at a time.

Each value is encoded once, by the code that encodes a row. Columns of few combinations are then read together, and the
features of a combination copied to its encounters. Counts are arithmetic on columns.
"""

from array import array
from collections.abc import Callable, Mapping, MutableSequence, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import COUNTS, DIAGNOSIS_SYSTEM, ICD10CM
from readmission.features.comorbidities import COMORBIDITIES
from readmission.features.diagnosis_translation import DiagnosisTranslation
from readmission.features.encoder_layout import AGE_RANK, DiagnosisTable, Layout, name_required
from readmission.features.encounter_table import EncounterTable, JoinedColumns, ValueColumn, join_columns
from readmission.features.target_encoding import Rates
from readmission.features.write_features import (
    COUNTED,
    RATE_30D_MAX,
    RATE_30D_MEAN,
    RATE_30D_MIN,
    RATE_ANY_MAX,
    RATE_ANY_MEAN,
    RATE_ANY_MIN,
    write_counts,
    write_drugs,
    write_fields,
)

_ROWS_AT_ONCE = 2048
"""Encounters encoded together: their features stay in the processor's cache until all columns are written."""
_BITS = 11

Features: TypeAlias = NDArray[np.float32]
Numbers: TypeAlias = NDArray[np.float64]
Bits: TypeAlias = NDArray[np.uint32]
Declared: TypeAlias = tuple[Any, ...]
"""A column as the layout declares it: its name, and what its values set."""
Write: TypeAlias = Callable[[Sequence[Declared], Mapping[str, Any], MutableSequence[float]], None]
"""Writes what the declared columns of an encounter set."""


class TableEncoder:
    """Encodes tables by a layout, equal to the bit to encoding row by row; ``translation`` reads ICD-10-CM."""

    def __init__(self, layout: Layout, translation: DiagnosisTranslation) -> None:
        self._layout, self._translation = layout, translation

    def encode(self, table: EncounterTable) -> Features:
        """Features of every encounter, float32[N, F].

        Raises:
            InvalidInputError: a required value is absent or outside the contract; the message names it.
        """
        layout, width = self._layout, len(self._layout.groups)
        counts = {name: _Lookup(table.column(name), _read_count(name)) for name in COUNTS}
        age = _Lookup(table.column("age"), _read_age)
        groups = [
            *_group(table, layout.tables, write_fields, width),
            *_group(table, layout.drugs, write_drugs, width),
        ]
        diagnoses = [_Diagnosis(self._diagnosis(table, each.field), each, width) for each in layout.diagnoses]
        conditions = _Conditions(layout.first_condition)
        features = np.zeros((len(table), width), dtype=np.float32)
        for start in range(0, len(table), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            rows = features[part]
            counted = np.zeros((len(COUNTED), len(rows)), dtype=np.float32)
            with np.errstate(divide="raise", invalid="raise"):
                write_counts(counted, {name: each[part] for name, each in counts.items()}, age[part])
            for group in groups:
                group.write(part, rows, counted)
            for diagnosis in diagnoses:
                diagnosis.write(part, rows)
            if diagnoses:
                conditions.write([diagnosis.conditions(part) for diagnosis in diagnoses], rows)
            _write_pooled_rates([diagnosis.rates(part) for diagnosis in diagnoses], layout.state.prior, counted)
            rows[:, : len(COUNTED)] = counted.T
        return features

    def _diagnosis(self, table: EncounterTable, name: str) -> ValueColumn:
        """A diagnosis in ICD-9-CM, for every encounter."""
        if DIAGNOSIS_SYSTEM not in table.columns:
            return table.column(name)
        systems, codes = table.columns[DIAGNOSIS_SYSTEM], table.column(name)
        joined = JoinedColumns.of(systems).add(codes).drop_absent()
        pairs = [(systems.values[system], codes.values[code]) for system, code in zip(*joined.parts, strict=True)]
        values = (self._translation.translate_code(code) if system == ICD10CM else code for system, code in pairs)
        return ValueColumn(tuple(values), joined.codes)


class _Lookup:
    """What each value of a column stands for, read once for the values that have encounters.

    Args:
        column: the column.
        read: a number, or ``width`` numbers, for a value.
        width: None for one number.
    """

    def __init__(self, column: ValueColumn, read: Callable[[Any], Any], width: int | None = None) -> None:
        self._codes = column.codes
        shape = (len(column.values),) if width is None else (len(column.values), width)
        self._read = np.zeros(shape, dtype=np.float64 if width is None else np.float32)
        for code in column.present():
            self._read[code] = read(column.values[code])

    def __getitem__(self, part: slice) -> NDArray[Any]:
        return self._read.take(self._codes[part], axis=0)


def _group(table: EncounterTable, declared: Sequence[Declared], write: Write, width: int) -> list["_Group"]:
    """The columns in groups of few combinations, neighbours together."""
    columns = [table.column(name) for name, *_ in declared]
    groups = []
    for start, end, joined in join_columns(columns):
        several = zip(columns[start:end], joined.parts, declared[start:end], strict=True)
        encoded = [_encode_values(column, np.unique(part), each, write, width) for column, part, each in several]
        groups.append(_Group(joined, encoded))
    return groups


def _encode_values(
    column: ValueColumn, present: NDArray[Any], declared: Declared, write: Write, width: int
) -> Features:
    """What each value of a column sets, as a row that has no other column; zeros for a value no encounter has."""
    encoded = np.zeros((len(column.values), width), dtype=np.float32)
    for code in present.tolist():
        row = array("f", bytes(4 * width))
        write((declared,), {declared[0]: column.values[code]}, row)
        encoded[code] = np.frombuffer(row, dtype=np.float32)
    return encoded


class _Group:
    """Neighbouring columns read together: the features of each combination of their values.

    Args:
        joined: the columns.
        encoded: for each column what each of its values sets.
    """

    def __init__(self, joined: JoinedColumns, encoded: Sequence[Features]) -> None:
        self._codes = joined.codes
        sets = np.flatnonzero(np.concatenate(encoded).any(axis=0))
        added, written = sets[sets < len(COUNTED)], sets[sets >= len(COUNTED)]
        block = slice(written[0], written[-1] + 1) if len(written) else slice(0)
        # Columns share no feature but those that are counted over all of them: added up they stand side by side.
        cells = np.zeros((joined.size, block.stop - (block.start or 0)), dtype=np.float32)
        adds = np.zeros((joined.size, len(added)), dtype=np.float32)
        for part, values in zip(joined.parts, encoded, strict=True):
            cells += values[:, block][part]
            adds += values[:, added][part]
        self._block = _Block(cells, block.start) if len(written) else None
        self._added = list(zip(added.tolist(), np.ascontiguousarray(adds.T), strict=True))

    def write(self, part: slice, rows: Features, counted: Features) -> None:
        """Write the features of these encounters; ``counted``: the features that open a row, by feature."""
        codes = self._codes[part]
        if self._block is not None:
            self._block.write(codes, rows)
        for feature, adds in self._added:
            counted[feature] += adds.take(codes)


class _Block:
    """Neighbouring features of each value, float32[values, features], copied as one piece of bytes.

    Args:
        cells: the features.
        start: index of the first.
    """

    def __init__(self, cells: Features, start: int) -> None:
        self._features = slice(4 * start, 4 * (start + cells.shape[1]))
        self._piece = f"V{4 * cells.shape[1]}"
        self._cells = np.ascontiguousarray(cells).view(self._piece).ravel()

    def write(self, codes: NDArray[Any], rows: Features) -> None:
        """Write them into whole rows of features."""
        rows.view(np.uint8)[:, self._features].view(self._piece)[:, 0] = self._cells.take(codes)


class _Diagnosis:
    """One of the three diagnoses: its own features, the conditions it shares with the others, and its pooled rates."""

    def __init__(self, column: ValueColumn, table: DiagnosisTable, width: int) -> None:
        own = [*(feature for feature, _ in table.unseen), *table.groups.values()]
        bits = {feature: 1 << index for index, feature in enumerate(table.comorbidities.values())}
        self._codes = column.codes
        cells = np.zeros((len(column.values), width), dtype=np.float32)
        self._conditions = np.zeros(len(column.values), dtype=np.uint32)
        # Added up, largest, smallest: what a missing diagnosis changes nothing by.
        self._rates = np.tile(np.array([0, 0, 0, -np.inf, -np.inf, np.inf, np.inf]), (len(column.values), 1))
        for code in column.present():
            set_by_code, rates = table.read(column.values[code])
            for feature, value in set_by_code:
                if feature in bits:
                    self._conditions[code] |= bits[feature]
                else:
                    cells[code, feature] = value
            if rates is not None:
                self._rates[code] = (1, *rates, *rates, *rates)
        self._block = _Block(cells[:, min(own) : max(own) + 1], min(own))

    def write(self, part: slice, rows: Features) -> None:
        """Write the features that only this diagnosis sets."""
        self._block.write(self._codes[part], rows)

    def conditions(self, part: slice) -> Bits:
        """The conditions the diagnosis stands for, a bit each."""
        return self._conditions.take(self._codes[part])

    def rates(self, part: slice) -> Numbers:
        """float64[7, n]: 1 and the two rates, to be added up; the two for the largest, and for the smallest."""
        return np.ascontiguousarray(self._rates.take(self._codes[part], axis=0).T)


class _Conditions:
    """Writes the conditions of all diagnoses, from masks of a bit each, eleven at a time."""

    def __init__(self, first: int) -> None:
        bits = np.arange(1 << _BITS, dtype="<u2")[:, None].view(np.uint8)
        patterns = np.unpackbits(bits, axis=1, bitorder="little").astype(np.float32)
        widths = [min(_BITS, len(COMORBIDITIES) - start) for start in range(0, len(COMORBIDITIES), _BITS)]
        self._blocks = [_Block(patterns[:, :width], first + _BITS * index) for index, width in enumerate(widths)]

    def write(self, masks: Sequence[Bits], rows: Features) -> None:
        """Write a condition that any of the diagnoses stands for."""
        together = np.bitwise_or.reduce(masks)
        for block in self._blocks:
            block.write(together & ((1 << _BITS) - 1), rows)
            together >>= _BITS


def _write_pooled_rates(rates: Sequence[Numbers], prior: Rates, counted: Features) -> None:
    size = counted.shape[1]
    total, highest, lowest = np.zeros((3, size)), np.full((2, size), -np.inf), np.full((2, size), np.inf)
    for each in rates:
        total += each[:3]
        np.maximum(highest, each[3:5], out=highest)
        np.minimum(lowest, each[5:], out=lowest)
    missing = total[0] == 0
    if missing.any():
        total[:, missing] = np.array([[1.0], [prior[0]], [prior[1]]])
        highest[:, missing] = lowest[:, missing] = np.array([[prior[0]], [prior[1]]])
    counted[[RATE_30D_MAX, RATE_ANY_MAX]] = highest
    counted[[RATE_30D_MEAN, RATE_ANY_MEAN]] = total[1:] / total[0]
    counted[[RATE_30D_MIN, RATE_ANY_MIN]] = lowest


def _read_count(column: str) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if value is None:
            raise name_required(column)
        return float(value)

    return read


def _read_age(band: Any) -> float:
    if band not in AGE_RANK:
        raise name_required("age")
    return AGE_RANK[band]
