"""Is a CSV a file of encounters at all: header, fields a line, identifiers. Values are judged later, by the ETL."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from readmission.contract.encounter import BY_NAME, COLUMN_NAMES, IDENTIFIERS
from readmission.errors import DatasetError


def check_csv(path: Path) -> int:
    """Check the shape of a whole file, line by line.

    Returns:
        Encounters in it.

    Raises:
        DatasetError: names the line and what was expected there.
    """
    try:
        with path.open("r", encoding="utf-8", newline="") as file:
            return sum(1 for _ in read_rows(file, path.name))
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path.name} is not UTF-8 text (byte {error.start}): expected a CSV of encounters"
        ) from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error


def read_rows(file: IO[str], name: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of every encounter; stops at the first line that is none.

    Raises:
        DatasetError: names the line and what was expected there.
    """
    reader = csv.reader(_refuse_nul(file, name), strict=True)
    seen: set[int] = set()
    try:
        _check_header(next(reader, []), name)
        for number, row in enumerate(reader, start=2):
            if reader.line_num != number:
                raise DatasetError(f"{name}: line {number} goes on in the next line, expected one encounter a line")
            if len(row) != len(COLUMN_NAMES):
                raise DatasetError(
                    f"{name}: line {reader.line_num} has {len(row)} fields, expected {len(COLUMN_NAMES)}"
                )
            encounter_id = _check_identifiers(row, reader.line_num, name)
            if encounter_id in seen:
                raise DatasetError(
                    f"{name}: line {reader.line_num} repeats encounter_id {encounter_id}, expected each once"
                )
            seen.add(encounter_id)
            yield number, row
    except csv.Error as error:
        raise DatasetError(f"{name}: line {reader.line_num} is not CSV: {error}") from error
    if not seen:
        raise DatasetError(f"{name} has no encounters below its header")


def _refuse_nul(lines: Iterator[str], name: str) -> Iterator[str]:
    """PostgreSQL cannot hold NUL, and no text file has one."""
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise DatasetError(f"{name}: line {number} has a NUL character: expected a CSV of encounters")
        yield line


def _check_header(header: list[str], name: str) -> None:
    if tuple(header) == COLUMN_NAMES:
        return
    missing = [column for column in COLUMN_NAMES if column not in header]
    unknown = [column[:40] for column in header if column not in BY_NAME]
    if missing:
        what = f"lacks {len(missing)} column(s): {', '.join(missing[:5])}"
    elif unknown:
        what = f"has {len(unknown)} unknown column(s): {', '.join(unknown[:5])}"
    else:
        what = "has the columns in another order, or one twice"
    raise DatasetError(f"{name}: the header {what}; expected the {len(COLUMN_NAMES)} columns of UCI data set 296")


def _check_identifiers(row: list[str], line: int, name: str) -> int:
    for column, text in zip(IDENTIFIERS, row, strict=False):
        most = BY_NAME[column].maximum or 0
        if not (text.isascii() and text.isdecimal() and len(text) <= 19 and 1 <= int(text) <= most):
            raise DatasetError(f"{name}: line {line}: {column} is not a whole number from 1 to {most}")
    return int(row[0])
