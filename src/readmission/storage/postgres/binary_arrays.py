"""Arrays in PostgreSQL's binary wire format, laid out directly.

psycopg writes an array as text, element by element and with a pattern search in each; for a batch of
encounters that costs more than scoring them. Here the whole array is one join of bytes.

Format: int32 dimensions (1), int32 has-nulls flag, int32 element type, int32 size, int32 lower bound (1); then for
each element its int32 length (-1 for null) and its bytes (PostgreSQL's ``array_send``).
"""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any

import numpy as np
import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_HEADER = Struct(">iiIii")
_LENGTH = Struct(">i")
_BIGINT = Struct(">q")
_NULL = _LENGTH.pack(-1)
_FLOAT8_CELL = np.dtype([("length", ">i4"), ("value", ">f8")])
_JSONB_VERSION = b"\x01"

UUID_OID, JSONB_OID, TEXT_OID, INT8_OID, FLOAT8_OID = 2950, 3802, 25, 20, 701


class BinaryArray:
    """One array, ready to be sent; cast it in the statement (``%s::uuid[]``)."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content


def uuid_array(values: Sequence[str]) -> BinaryArray:
    """``uuid[]`` of identifiers in their canonical text form."""
    return _array(UUID_OID, [bytes.fromhex(value.replace("-", "")) for value in values])


def jsonb_array(values: Sequence[bytes | None]) -> BinaryArray:
    """``jsonb[]`` of JSON documents in UTF-8."""
    return _array(JSONB_OID, [None if value is None else _JSONB_VERSION + value for value in values])


def text_array(values: Sequence[str | None]) -> BinaryArray:
    """``text[]``."""
    return _array(TEXT_OID, [None if value is None else value.encode() for value in values])


def bigint_array(values: Sequence[int | None]) -> BinaryArray:
    """``bigint[]``."""
    return _array(INT8_OID, [None if value is None else _BIGINT.pack(value) for value in values])


def float8_array(values: Sequence[float]) -> BinaryArray:
    """``float8[]``."""
    cells = np.empty(len(values), dtype=_FLOAT8_CELL)
    cells["length"], cells["value"] = 8, values
    return BinaryArray(_header(FLOAT8_OID, len(values)) + cells.tobytes())


def register_binary_arrays(connection: "psycopg.AsyncConnection[Any]") -> None:
    """Teach a connection to send :class:`BinaryArray`."""
    connection.adapters.register_dumper(BinaryArray, _BinaryArrayDumper)


class _BinaryArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: BinaryArray) -> Buffer | None:
        """The bytes as they are."""
        return obj.content


def _header(element_oid: int, size: int) -> bytes:
    return _HEADER.pack(1, 1, element_oid, size, 1)


def _array(element_oid: int, elements: Sequence[bytes | None]) -> BinaryArray:
    return BinaryArray(b"".join((_header(element_oid, len(elements)), *_cells(elements))))


def _cells(elements: Sequence[bytes | None]) -> Iterable[bytes]:
    for element in elements:
        if element is None:
            yield _NULL
        else:
            yield _LENGTH.pack(len(element))
            yield element
