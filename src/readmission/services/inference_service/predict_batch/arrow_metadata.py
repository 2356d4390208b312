"""The messages of an Arrow IPC stream: a stranger's bytes to plain values, every length checked before it is used.

Format: https://arrow.apache.org/docs/format/Columnar.html and its ``Schema.fbs`` and ``Message.fbs``; the numbers below
are theirs.
"""

import struct
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from flatbuffers import number_types
from flatbuffers.table import Table

Given = ParamSpec("Given")
Result = TypeVar("Result")
SCHEMA, DICTIONARY_BATCH, RECORD_BATCH = 1, 2, 3
_TYPES = (
    "none", "null", "int", "float", "binary", "utf8", "bool", "decimal", "date", "time", "timestamp", "interval",
    "list", "struct", "union", "fixed-size binary", "fixed-size list", "map", "duration", "large binary", "large utf8",
    "large list", "run-end encoded", "binary view", "utf8 view", "list view", "large list view",
)  # fmt: skip
_MOST_FIELDS = 1_000


class BrokenArrowError(Exception):
    """The stream breaks the format, or uses a part of it that is not read."""


class Field(NamedTuple):
    """A column.

    Attributes:
        name: of the column.
        kind: one of ``_TYPES``; of a dictionary-encoded column that of its values.
        number: NumPy's name of the whole numbers an ``int`` column holds, such as ``<i8``.
        dictionary: id of the dictionary, and NumPy's name of the indices into it; None if it has none.
    """

    name: str
    kind: str
    number: str
    dictionary: tuple[int, str] | None


class Batch(NamedTuple):
    """What a record or dictionary batch says of its body.

    Attributes:
        rows: rows of the batch.
        nodes: length of each column, and how many of its values are missing.
        buffers: offset and length of each buffer in the body.
        view_buffers: data buffers of each view column.
        dictionary: the id, in a dictionary batch.
    """

    rows: int
    nodes: list[tuple[int, int]]
    buffers: list[tuple[int, int]]
    view_buffers: list[int]
    dictionary: int | None


class Message(NamedTuple):
    """A message: the kind of its header, the header, and the length of the body behind it."""

    kind: int
    header: "_Reader"
    body_bytes: int


class _Reader:
    """A flatbuffers table whose fields are read by number; absent ones give the default."""

    def __init__(self, content: bytes, position: int) -> None:
        self._table = Table(content, position)

    def number(self, field: int, flags: Any, default: int = 0) -> int:
        """A scalar."""
        found = self._table.Offset(4 + 2 * field)
        return int(self._table.Get(flags, self._table.Pos + found)) if found else default

    def text(self, field: int) -> str:
        """A string; empty if it is absent."""
        found = self._table.Offset(4 + 2 * field)
        return str(self._table.String(self._table.Pos + found).decode()) if found else ""

    def table(self, field: int) -> "_Reader | None":
        """A table, or None if it is absent."""
        found = self._table.Offset(4 + 2 * field)
        return _Reader(self._table.Bytes, self._table.Indirect(self._table.Pos + found)) if found else None

    def tables(self, field: int, most: int) -> Iterator["_Reader"]:
        """The tables of a vector."""
        start, count = self._vector(field)
        if count > most:
            raise BrokenArrowError(f"more than {most} columns")
        for index in range(count):
            yield _Reader(self._table.Bytes, self._table.Indirect(start + 4 * index))

    def numbers(self, field: int, layout: str) -> list[tuple[int, ...]]:
        """The numbers of a vector of structs, each laid out as ``struct`` says."""
        start, count = self._vector(field)
        size = struct.calcsize(layout)
        if start + count * size > len(self._table.Bytes):
            raise BrokenArrowError("a vector is longer than its message")
        return list(struct.iter_unpack(layout, self._table.Bytes[start : start + count * size]))

    def _vector(self, field: int) -> tuple[int, int]:
        found = self._table.Offset(4 + 2 * field)
        return (self._table.Vector(found), self._table.VectorLen(found)) if found else (0, 0)


def _refuse_wrong_offsets(read: Callable[Given, Result]) -> Callable[Given, Result]:
    """What flatbuffers, ``struct`` and UTF-8 raise if an offset leads astray is a broken stream."""

    @wraps(read)
    def read_carefully(*given: Given.args, **named: Given.kwargs) -> Result:
        try:
            return read(*given, **named)
        except (struct.error, TypeError, ValueError, OverflowError):
            raise BrokenArrowError("its metadata lead outside of it") from None

    return read_carefully


@_refuse_wrong_offsets
def read_message(content: bytes) -> Message:
    """A message's metadata.

    Raises:
        BrokenArrowError: an offset leads out of it, or its body has a negative length.
    """
    root = _Reader(content, struct.unpack_from("<I", content)[0])
    header = root.table(2)
    body_bytes = root.number(3, number_types.Int64Flags)
    if header is None or body_bytes < 0:
        raise BrokenArrowError("a message has no header, or a body of negative length")
    return Message(root.number(1, number_types.Uint8Flags), header, body_bytes)


@_refuse_wrong_offsets
def read_fields(schema: _Reader) -> list[Field]:
    """The columns of a schema.

    Raises:
        BrokenArrowError: it is big-endian, or names too many columns.
    """
    if schema.number(0, number_types.Int16Flags):
        raise BrokenArrowError("a big-endian stream")
    return [_read_field(each) for each in schema.tables(1, _MOST_FIELDS)]


@_refuse_wrong_offsets
def read_batch(header: _Reader, kind: int) -> Batch:
    """What a record batch (or the one in a dictionary batch) says of its body.

    Raises:
        BrokenArrowError: it is compressed, adds to a dictionary, or has a negative number of rows.
    """
    dictionary, batch = None, header
    if kind == DICTIONARY_BATCH:
        found = header.table(1)
        if found is None or header.number(2, number_types.BoolFlags):
            raise BrokenArrowError("a dictionary without values, or one in several parts")
        dictionary, batch = header.number(0, number_types.Int64Flags), found
    rows = batch.number(0, number_types.Int64Flags)
    if batch.table(3) is not None:
        raise BrokenArrowError("a compressed stream")
    if rows < 0:
        raise BrokenArrowError("a negative number of rows")
    nodes = [(length, missing) for length, missing in batch.numbers(1, "<qq")]
    buffers = [(offset, length) for offset, length in batch.numbers(2, "<qq")]
    return Batch(rows, nodes, buffers, [count for (count,) in batch.numbers(4, "<q")], dictionary)


def _read_field(field: _Reader) -> Field:
    code = field.number(2, number_types.Uint8Flags)
    kind = _TYPES[code] if code < len(_TYPES) else f"type {code}"
    number = _name_integer(field.table(3)) if kind == "int" else ""
    encoding = field.table(4)
    dictionary = None
    if encoding is not None:
        index = encoding.table(1)
        width = "<i4" if index is None else _name_integer(index)
        dictionary = (encoding.number(0, number_types.Int64Flags), width)
    return Field(field.text(0), kind, number, dictionary)


def _name_integer(kind: _Reader | None) -> str:
    bits = 0 if kind is None else kind.number(0, number_types.Int32Flags)
    if kind is None or bits not in (8, 16, 32, 64):
        raise BrokenArrowError("whole numbers of an unknown width")
    return f"<{'i' if kind.number(1, number_types.BoolFlags) else 'u'}{bits // 8}"
