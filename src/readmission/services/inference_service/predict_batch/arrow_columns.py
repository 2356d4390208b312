"""The columns of an Arrow batch as Python values, a few rows at a time; no buffer is trusted."""

import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readmission.services.inference_service.predict_batch.arrow_metadata import Batch, BrokenArrowError, Field

Value = str | int | None
Column = Callable[[int, int], list[Value]]
"""Gives the values from one row to before another."""
_Present = Callable[[int, int, list[bool]], list[Value]]
"""The same, told which of the rows have a value."""
READABLE = ("null", "int", "utf8", "large utf8", "utf8 view")
_INLINE_BYTES = 12
_VIEW = struct.Struct("<i12s")  # the length, then the text itself or where it is
_POINTER = struct.Struct("<4xii")  # behind the first four characters: which data buffer, and where in it


class _Buffers:
    """Hands out the buffers of a batch one after the other, as columns take them."""

    def __init__(self, batch: Batch, body: memoryview) -> None:
        self._buffers = iter(batch.buffers)
        self._view_buffers = iter(batch.view_buffers)
        self._body = body

    def take(self) -> memoryview:
        """The next buffer.

        Raises:
            BrokenArrowError: there is none, or it does not lie in the body.
        """
        offset, length = next(self._buffers, (-1, 0))
        if not 0 <= offset <= offset + length <= len(self._body):
            raise BrokenArrowError("a buffer is missing or does not lie in its body")
        return self._body[offset : offset + length]

    def take_views(self) -> list[memoryview]:
        """The data buffers of a view column."""
        return [self.take() for _ in range(next(self._view_buffers, 0))]

    def take_numbers(self, kind: str, count: int) -> NDArray[Any]:
        """The next buffer as numbers."""
        if count == 0:
            self.take()
            return np.empty(0, kind)
        return np.frombuffer(self.take(), kind, count)


def open_columns(
    fields: list[Field], batch: Batch, body: memoryview, dictionaries: Mapping[int, tuple[int, Column]]
) -> list[Column]:
    """The columns of a batch.

    Args:
        fields: of the schema, all readable.
        batch: what the message says of the body.
        body: the bytes behind the message.
        dictionaries: length and values of each dictionary so far.

    Raises:
        BrokenArrowError, ValueError: a buffer is missing, or too short for the rows.
    """
    if [length for length, _ in batch.nodes] != [batch.rows] * len(fields):
        raise BrokenArrowError("columns of different length")
    buffers = _Buffers(batch, body)
    return [_open_column(field, node, buffers, dictionaries) for field, node in zip(fields, batch.nodes, strict=True)]


def _open_column(
    field: Field, node: tuple[int, int], buffers: _Buffers, dictionaries: Mapping[int, tuple[int, Column]]
) -> Column:
    rows, missing = node
    if field.dictionary is None and field.kind == "null":
        return lambda start, stop: [None] * (stop - start)
    find_present = _open_validity(rows, missing, buffers)
    if field.dictionary is not None:
        read = _open_encoded(field.dictionary, rows, buffers, dictionaries)
    elif field.kind == "int":
        read = _open_numbers(field.number, rows, buffers)
    elif field.kind == "utf8 view":
        read = _open_views(rows, buffers)
    else:
        read = _open_text("<i4" if field.kind == "utf8" else "<i8", rows, buffers)
    return lambda start, stop: read(start, stop, find_present(start, stop))


def _open_validity(rows: int, missing: int, buffers: _Buffers) -> Callable[[int, int], list[bool]]:
    bits = np.frombuffer(buffers.take(), np.uint8)
    if not missing:  # then the bits may be left out, and readers do not look at them
        return lambda start, stop: [True] * (stop - start)
    if len(bits) * 8 < rows:
        raise BrokenArrowError("a validity buffer is too short")
    beyond = np.unpackbits(bits[rows // 8 : rows // 8 + 1], bitorder="little")[: rows % 8].sum()
    if rows - int(np.bitwise_count(bits[: rows // 8]).sum()) - int(beyond) != missing:
        raise BrokenArrowError("another number of values is missing than it says")

    def find_present(start: int, stop: int) -> list[bool]:
        flags = np.unpackbits(bits[start // 8 : (stop + 7) // 8], bitorder="little")
        present: list[bool] = flags[start % 8 : start % 8 + stop - start].astype(bool).tolist()
        return present

    return find_present


def _open_numbers(kind: str, rows: int, buffers: _Buffers) -> _Present:
    numbers = buffers.take_numbers(kind, rows)

    def read(start: int, stop: int, present: list[bool]) -> list[Value]:
        return [value if there else None for value, there in zip(numbers[start:stop].tolist(), present, strict=True)]

    return read


def _open_text(offset_kind: str, rows: int, buffers: _Buffers) -> _Present:
    offsets = buffers.take_numbers(offset_kind, rows + 1 if rows else 0)
    data = buffers.take()

    def read(start: int, stop: int, present: list[bool]) -> list[Value]:
        ends = offsets[start : stop + 1]
        if ends[0] < 0 or ends[-1] > len(data) or (ends[1:] < ends[:-1]).any():
            raise BrokenArrowError("text lies outside its buffer")
        places = ends.tolist()
        return [
            str(data[begin:end], "utf-8") if there else None
            for begin, end, there in zip(places[:-1], places[1:], present, strict=True)
        ]

    return read


def _open_views(rows: int, buffers: _Buffers) -> _Present:
    views = buffers.take()
    if len(views) < rows * _VIEW.size:
        raise BrokenArrowError("a view buffer is too short")
    data = buffers.take_views()

    def find(length: int, rest: bytes) -> str:
        if 0 <= length <= _INLINE_BYTES:
            return rest[:length].decode()
        buffer, offset = _POINTER.unpack(rest)
        if length < 0 or not 0 <= buffer < len(data) or not 0 <= offset <= len(data[buffer]) - length:
            raise BrokenArrowError("text lies outside its buffer")
        return str(data[buffer][offset : offset + length], "utf-8")

    def read(start: int, stop: int, present: list[bool]) -> list[Value]:
        part = _VIEW.iter_unpack(views[start * _VIEW.size : stop * _VIEW.size])
        return [find(length, rest) if there else None for (length, rest), there in zip(part, present, strict=True)]

    return read


def _open_encoded(
    dictionary: tuple[int, str], rows: int, buffers: _Buffers, dictionaries: Mapping[int, tuple[int, Column]]
) -> _Present:
    identity, index_kind = dictionary
    indices = buffers.take_numbers(index_kind, rows)
    if identity not in dictionaries:
        raise BrokenArrowError("a dictionary is missing")
    size, values = dictionaries[identity]

    def read(start: int, stop: int, present: list[bool]) -> list[Value]:
        wanted: list[int | None] = [
            index if there else None for index, there in zip(indices[start:stop].tolist(), present, strict=True)
        ]
        found: dict[int | None, Value] = {None: None}
        for index in set(wanted):
            if index is not None:
                if not 0 <= index < size:
                    raise BrokenArrowError("an index leads out of its dictionary")
                (found[index],) = values(index, index + 1)
        return [found[index] for index in wanted]

    return read
