"""Read a ward's list (CSV or Parquet) as rows to be sent; what a row holds is judged by the service, not here."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from readmission.contract.encounter import BY_NAME, COLUMN_NAMES, TARGET
from readmission.contract.examples import EXAMPLES
from readmission.errors import FieldProblem, InvalidInputError

MOST_ROWS = 100_000
SENT_COLUMNS = tuple(name for name in COLUMN_NAMES if name != TARGET)
REQUIRED_COLUMNS = tuple(name for name in SENT_COLUMNS if BY_NAME[name].required)
Row = dict[str, Any]


def read_ward_file(path: Path) -> list[Row]:
    """The rows of a list, in order; a column ``readmitted`` is left out.

    Raises:
        InvalidInputError: the file is neither CSV nor Parquet, is empty or too long, or its columns are not those
            of an encounter; all wrong columns are named.
    """
    frame = _read_frame(path)
    if not 0 < frame.height <= MOST_ROWS:
        raise InvalidInputError(f"The list has {frame.height} rows; 1 to {MOST_ROWS} are taken")
    columns = [name for name in frame.columns if name != TARGET]
    unknown = [FieldProblem(name, "is not a column of an encounter") for name in columns if name not in SENT_COLUMNS]
    missing = [FieldProblem(name, "is required") for name in REQUIRED_COLUMNS if name not in columns]
    if unknown or missing:
        raise InvalidInputError("The columns are not those of the template", (*unknown, *missing))
    readers = {name: _read_integer if BY_NAME[name].is_integer else _read_text for name in columns}
    return [{name: readers[name](row[name]) for name in columns} for row in frame.iter_rows(named=True)]


def write_template(path: Path) -> Path:
    """Write the made-up example encounters as a list to fill in; the ending says the format."""
    rows = [
        {"encounter_id": number, "patient_nbr": number, **{name: row.get(name) for name in SENT_COLUMNS[2:]}}
        for number, row in enumerate(EXAMPLES.values(), start=1)
    ]
    types = {name: pl.Int64 if BY_NAME[name].is_integer else pl.String for name in SENT_COLUMNS}
    frame = pl.DataFrame(rows, schema=types)
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path, null_value="?")
    return path


def _read_frame(path: Path) -> pl.DataFrame:
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    try:
        if is_parquet:
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        kind = "Parquet" if is_parquet else "CSV"
        raise InvalidInputError(f"The file cannot be read as {kind}") from error


def _read_integer(value: object) -> object:
    """A whole number where it is one; anything else goes on as it is, for the service to refuse."""
    if isinstance(value, str):
        text = value.strip()
        if text in ("", "?"):
            return None
        return int(text) if text.isascii() and text.lstrip("-").isdigit() and len(text) < 20 else text
    return int(value) if isinstance(value, float) and value.is_integer() else _plain(value)


def _read_text(value: object) -> object:
    return value.strip() if isinstance(value, str) else _plain(value)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
