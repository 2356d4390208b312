"""Read a ward's list (CSV or Parquet) as rows to be sent; what a row holds is judged by the service, not here.

Spreadsheets write what their language asks for: commas, semicolons or tabs between values, a decimal comma, and the
code page of the machine. All are read.
"""

import codecs
import io
import re
from datetime import date
from typing import Any, BinaryIO

import polars as pl

from readmission.contract.encounter import (
    BY_NAME,
    COLUMN_NAMES,
    DIAGNOSES,
    DIAGNOSIS_SYSTEM,
    ICD9CM,
    MISSING_MARKS,
    TARGET,
)
from readmission.contract.examples import EXAMPLES
from readmission.errors import FieldProblem, InvalidInputError
from readmission.services.ui.ward.unpack_parquet import unpack_parquet

MOST_ROWS = 100_000
_MOST_COLUMNS = 200
_LOOKED_AT = 4096
"""Characters of a list that are looked through for what no text has."""
SENT_COLUMNS = tuple(name for name in COLUMN_NAMES if name != TARGET)
_READ_COLUMNS = {*SENT_COLUMNS, DIAGNOSIS_SYSTEM}
REQUIRED_COLUMNS = tuple(name for name in SENT_COLUMNS if BY_NAME[name].required)
TEMPLATE_COLUMNS = tuple(
    name for name in SENT_COLUMNS if name != "weight" and (BY_NAME[name].kind != "drug" or name == "insulin")
)
"""What changes a risk noticeably; any other column may be added."""
_SEPARATORS = (",", ";", "\t")
_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+")
_OTHER_FILES = {
    b"%PDF-": "This is a PDF; save the list as CSV",
    b"PK\x03\x04": "This is a workbook (xlsx, ods); save the list as CSV",
    b"\xd0\xcf\x11\xe0": "This is a workbook (xls); save the list as CSV",
}
"""How files begin that people take for a list, and what to do with them."""
_WHOLE = re.compile(r"-?[0-9]{1,19}(?:[.,]0+)?", re.ASCII)
Row = dict[str, Any]


def read_ward_file(content: bytes) -> list[Row]:
    """The rows of a list, in order; a column ``readmitted`` is left out.

    Raises:
        InvalidInputError: the file is neither CSV nor Parquet, is empty or too long, or its columns are not those
            of an encounter; all wrong columns are named.
    """
    frame = _read_frame(content)
    if not 0 < frame.height <= MOST_ROWS:
        found = f"more than {MOST_ROWS}" if frame.height else "no"
        raise InvalidInputError(f"The list has {found} rows; 1 to {MOST_ROWS} are taken")
    columns = [name for name in frame.columns if name != TARGET]
    unknown = [FieldProblem(name, "is not a column of an encounter") for name in columns if name not in _READ_COLUMNS]
    missing = [FieldProblem(name, "is required") for name in REQUIRED_COLUMNS if name not in columns]
    if unknown or missing:
        raise InvalidInputError("The columns are not those of the template", (*unknown, *missing))
    readers = {name: _reader_of(name) for name in columns}
    return [{name: readers[name](row[name]) for name in columns} for row in frame.iter_rows(named=True)]


def write_template(file: BinaryIO, kind: str) -> None:
    """Write the made-up example encounters as a list to fill in.

    Args:
        file: takes the bytes.
        kind: ``csv`` or ``parquet``.
    """
    rows = [
        {
            "encounter_id": number,
            "patient_nbr": number,
            **{name: row.get(name) for name in TEMPLATE_COLUMNS[2:]},
            DIAGNOSIS_SYSTEM: ICD9CM,
        }
        for number, row in enumerate(EXAMPLES.values(), start=1)
    ]
    types: dict[str, Any] = {name: pl.Int64 if BY_NAME[name].is_integer else pl.String for name in TEMPLATE_COLUMNS}
    types[DIAGNOSIS_SYSTEM] = pl.String
    frame = pl.DataFrame(rows, schema=types)
    if kind == "parquet":
        frame.write_parquet(file)
    else:
        frame.write_csv(file, null_value="?")


def _read_frame(content: bytes) -> pl.DataFrame:
    if content.startswith(b"PAR1"):
        return unpack_parquet(content, MOST_ROWS + 1)
    for beginning, said in _OTHER_FILES.items():
        if content.startswith(beginning):
            raise InvalidInputError(said)
    try:
        return _read_csv(content)
    except pl.exceptions.PolarsError as error:
        raise InvalidInputError("The file cannot be read as CSV") from error


def _read_csv(content: bytes) -> pl.DataFrame:
    text = _decode(content)
    if "\0" in text[:_LOOKED_AT]:
        raise InvalidInputError("The file is no text; save the list as CSV")
    header = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=header.count)
    if (columns := header.count(separator) + 1) > _MOST_COLUMNS:  # each costs the reader far more than its two bytes
        raise InvalidInputError(f"The list has {columns} columns; an encounter has {len(SENT_COLUMNS)}")
    frame = pl.read_csv(io.BytesIO(text.encode()), infer_schema=False, separator=separator, n_rows=MOST_ROWS + 1)
    return frame.rename({name: name.strip() for name in frame.columns})


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # "Unicode text" of a spreadsheet
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what a spreadsheet writes where it is not told otherwise


def _reader_of(name: str) -> Any:
    if name == DIAGNOSIS_SYSTEM:
        return _read_system
    if BY_NAME[name].is_integer:
        return _read_integer
    return _read_diagnosis if name in DIAGNOSES else _read_text


def _read_integer(value: object) -> object:
    """A whole number where it is one; anything else goes on as it is, for the service to refuse."""
    if isinstance(value, str):
        text = value.strip()
        if text in ("", "?"):
            return None
        return int(re.split("[.,]", text)[0]) if _WHOLE.fullmatch(text) else text
    return int(value) if isinstance(value, float) and value.is_integer() else _plain(value)


def _read_text(value: object) -> object:
    return value.strip() if isinstance(value, str) else _plain(value)


def _read_system(value: object) -> object:
    """A row that leaves it open is read by the platform's setting."""
    text = _read_text(value)
    return None if text in MISSING_MARKS else text


def _read_diagnosis(value: object) -> object:
    """``250,83`` is how a spreadsheet writes 250.83 where decimals have a comma."""
    if isinstance(value, float):
        return f"{value:g}"
    text = _read_text(value)
    return text.replace(",", ".") if isinstance(text, str) and _DECIMAL_COMMA.fullmatch(text) else text


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
