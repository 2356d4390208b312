"""The rows of an uploaded body, one at a time, in each format that is taken.

A format gives two things: the raw rows in order, and how one raw row becomes an encounter. What breaks the whole
body (no array, a wrong header) is raised while the raw rows are read; what breaks a row, when that row is decoded.
"""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from readmission.contract.encounter import ICD9CM, DiagnosisSystem
from readmission.contract.encounter_input import EncounterInput, decode_encounter
from readmission.contract.encounter_rows import EncounterRows, split_csv_line
from readmission.errors import FieldProblem, InvalidInputError, MalformedBodyError, UnsupportedMediaTypeError
from readmission.services.inference_service.predict_batch.arrow_metadata import BrokenArrowError
from readmission.services.inference_service.predict_batch.arrow_stream import ArrowStream

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
ARROW = "application/vnd.apache.arrow.stream"
MEDIA_TYPES = (NDJSON, JSON, CSV, ARROW)
MAX_ROW_BYTES = 64 * 1024
_READ_BYTES = 64 * 1024
_NOT_BLANK = re.compile(r"[^ \t\r\n]")


class BatchRows(NamedTuple):
    """Raw rows, and how to decode one."""

    raw: Iterator[Any]
    decode: Callable[[Any], EncounterInput]


def read_rows(file: BinaryIO, media_type: str, default_system: DiagnosisSystem = ICD9CM) -> BatchRows:
    """The rows of a body.

    Args:
        file: the whole body, from its beginning.
        media_type: one of :data:`MEDIA_TYPES`.
        default_system: what the diagnoses are coded in if a row does not say.

    Raises:
        UnsupportedMediaTypeError: it is none of them.
        MalformedBodyError, InvalidInputError: the body as a whole cannot be read (also while the rows are).
    """
    readers = {NDJSON: _read_ndjson, JSON: _read_json_array, CSV: _read_csv, ARROW: _read_arrow}
    if media_type not in readers:
        raise UnsupportedMediaTypeError(f"Send the encounters as one of {', '.join(MEDIA_TYPES)}")
    return readers[media_type](file, default_system)


def _read_lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines that are not blank; of one that is too long, no more than shows it."""
    while line := file.readline(MAX_ROW_BYTES + 1):
        rest = line
        while len(rest) > MAX_ROW_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MAX_ROW_BYTES + 1)
        if line.strip():
            yield line.rstrip(b"\r\n")


def _check_length(line: bytes) -> bytes:
    if len(line) > MAX_ROW_BYTES:
        raise InvalidInputError(f"One encounter takes at most {MAX_ROW_BYTES} bytes")
    return line


def _read_ndjson(file: BinaryIO, default_system: DiagnosisSystem) -> BatchRows:
    return BatchRows(_read_lines(file), lambda line: decode_encounter(_check_length(line), default_system))


def _read_csv(file: BinaryIO, default_system: DiagnosisSystem) -> BatchRows:
    lines = _read_lines(file)
    try:
        header = split_csv_line(next(lines, b"").removeprefix(b"\xef\xbb\xbf"))
    except InvalidInputError as error:
        raise MalformedBodyError(f"The CSV's header cannot be read: {error.message}") from None
    rows = EncounterRows(header, default_system=default_system)
    return BatchRows(lines, lambda line: rows.read(split_csv_line(_check_length(line))))


def _read_json_array(file: BinaryIO, default_system: DiagnosisSystem) -> BatchRows:
    return BatchRows(_split_array(file), lambda element: decode_encounter(element.encode(), default_system))


def _split_array(file: BinaryIO) -> Iterator[str]:
    """The text of each element of a JSON array, with no more than an element and two reads in memory."""
    window = _Window(file)
    if window.next_character() != "[":
        raise MalformedBodyError("The body must be a JSON array of encounters")
    delimiter = "["
    while delimiter != "]":
        if delimiter == "[" and window.peek() == "]":
            window.next_character()
            break
        yield window.next_element()
        delimiter = window.next_character()
        if delimiter not in ("]", ","):
            raise MalformedBodyError("The body is not a JSON array: a comma or its end is missing")
    if window.peek():
        raise MalformedBodyError("Something follows the JSON array")


class _Window:
    """The part of a JSON text that is being looked at."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = getincrementaldecoder("utf-8")()
        self._scanner = json.JSONDecoder()
        self._text, self._at = "", 0

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while self._skip_blanks() == len(self._text):
            if not self._read():
                return ""
        return self._text[self._at]

    def next_character(self) -> str:
        """:meth:`peek`, and go past it."""
        found = self.peek()
        self._at += len(found)
        return found

    def next_element(self) -> str:
        """The text of the next JSON value.

        Raises:
            MalformedBodyError: it is broken, or too long.
        """
        self.peek()
        while True:
            try:
                _, end = self._scanner.raw_decode(self._text, self._at)
            except (ValueError, RecursionError):  # broken, or not all here yet
                end = len(self._text)
            if end < len(self._text) and end - self._at <= MAX_ROW_BYTES:  # a number could go on in the next read
                element, self._at = self._text[self._at : end], end
                return element
            if len(self._text) - self._at > 2 * MAX_ROW_BYTES or not self._read():
                raise MalformedBodyError(f"An element is no JSON, not whole, or longer than {MAX_ROW_BYTES} bytes")

    def _skip_blanks(self) -> int:
        found = _NOT_BLANK.search(self._text, self._at)
        self._at = found.start() if found else len(self._text)
        return self._at

    def _read(self) -> bool:
        chunk = self._file.read(_READ_BYTES)
        try:
            self._text = self._text[self._at :] + self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            raise MalformedBodyError("The body is not valid JSON in UTF-8") from None
        self._at = 0
        return bool(chunk)


def _read_arrow(file: BinaryIO, default_system: DiagnosisSystem) -> BatchRows:
    try:
        stream = ArrowStream(file)
    except BrokenArrowError as error:
        raise MalformedBodyError(f"The body is not an Arrow stream: {error}") from None
    rows = EncounterRows([field.name for field in stream.fields], default_system=default_system)
    if stream.unreadable:
        problems = tuple(
            FieldProblem(field.name[:64], f"has the type {field.kind}", "text or whole numbers")
            for field in stream.unreadable
        )
        raise InvalidInputError(f"{len(problems)} column(s) have another type", problems)

    def read() -> Iterator[tuple[Any, ...]]:
        try:
            yield from stream.read_rows()
        except BrokenArrowError as error:
            raise MalformedBodyError(f"The Arrow stream is broken: {error}") from None

    return BatchRows(read(), rows.read)
