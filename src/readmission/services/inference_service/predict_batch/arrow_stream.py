"""Rows of an Arrow IPC stream that a stranger sent.

Our own reader, because a broken stream must be an error and never the end of the process: see decision record 0023.
"""

import mmap
import struct
from collections.abc import Iterator
from typing import BinaryIO

from readmission.services.inference_service.predict_batch.arrow_columns import READABLE, Column, Value, open_columns
from readmission.services.inference_service.predict_batch.arrow_metadata import (
    DICTIONARY_BATCH,
    RECORD_BATCH,
    SCHEMA,
    Batch,
    BrokenArrowError,
    Field,
    Message,
    read_batch,
    read_fields,
    read_message,
)

_CONTINUATION = b"\xff\xff\xff\xff"
_MOST_METADATA_BYTES = 1024 * 1024
_ROWS_AT_ONCE = 1000
_BROKEN = (BrokenArrowError, struct.error, ValueError)
"""Also what NumPy, UTF-8 and an empty file raise."""


class ArrowStream:
    """A stream in a file; only the rows that are looked at are in memory.

    Args:
        file: with a file descriptor, at any position; it must not change while it is read.

    Raises:
        BrokenArrowError: it does not begin with a schema.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._bytes = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            self._end = 0
            message, _ = self._next_message() or (None, None)
            if message is None or message.kind != SCHEMA:
                raise BrokenArrowError("no schema")
            self.fields: list[Field] = read_fields(message.header)
        except _BROKEN as error:
            raise _as_broken(error) from None

    @property
    def unreadable(self) -> list[Field]:
        """The columns that are neither text nor whole numbers."""
        return [field for field in self.fields if field.kind not in READABLE]

    def read_rows(self) -> Iterator[tuple[Value, ...]]:
        """The rows, in order; every column must be readable.

        Raises:
            BrokenArrowError: the stream is broken from here on.
        """
        dictionaries: dict[int, tuple[int, Column]] = {}
        try:
            while (found := self._next_message()) is not None:
                message, body = found
                if message.kind not in (RECORD_BATCH, DICTIONARY_BATCH):
                    raise BrokenArrowError("a message that is neither rows nor a dictionary")
                batch = read_batch(message.header, message.kind)
                if batch.dictionary is None:
                    columns = open_columns(self.fields, batch, body, dictionaries)
                    for start in range(0, batch.rows, _ROWS_AT_ONCE):
                        stop = min(start + _ROWS_AT_ONCE, batch.rows)
                        yield from zip(*(column(start, stop) for column in columns), strict=True)
                else:
                    dictionaries[batch.dictionary] = self._read_dictionary(batch, body)
        except _BROKEN as error:
            raise _as_broken(error) from None

    def _read_dictionary(self, batch: Batch, body: memoryview) -> tuple[int, Column]:
        for field in self.fields:
            if field.dictionary is not None and field.dictionary[0] == batch.dictionary:
                (values,) = open_columns([field._replace(dictionary=None)], batch, body, {})
                return batch.rows, values
        raise BrokenArrowError("a dictionary that no column uses")

    def _next_message(self) -> tuple[Message, memoryview] | None:
        """The next message and its body, or None at the end of the stream."""
        start = self._end + 8
        prefix = bytes(self._bytes[self._end : start])
        if not prefix:
            return None
        if prefix == _CONTINUATION + bytes(4):
            if start != len(self._bytes):
                raise BrokenArrowError("something follows its end")
            return None
        (size,) = struct.unpack("<4xi", prefix)
        if prefix[:4] != _CONTINUATION or not 0 < size <= _MOST_METADATA_BYTES:
            raise BrokenArrowError("no message where one should begin")
        message = read_message(bytes(self._bytes[start : start + size]))
        self._end = start + size + message.body_bytes
        if self._end > len(self._bytes):
            raise BrokenArrowError("it is cut off")
        return message, self._bytes[start + size : self._end]


def _as_broken(error: Exception) -> BrokenArrowError:
    return error if isinstance(error, BrokenArrowError) else BrokenArrowError("a part leads outside of it")
