"""Where `readmission score` reads from: a CSV file, a Parquet file, or a table of PostgreSQL, part by part."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from readmission.contract.encounter import BY_NAME
from readmission.contract.encounter_rows import split_csv_line
from readmission.errors import FieldProblem, InvalidInputError
from readmission.storage.postgres.connection import Connection
from readmission.storage.postgres.encounter_tables import count_rows, find_encounter_columns, read_encounters

_BOM = b"\xef\xbb\xbf"
_HASHED_BYTES = 1024 * 1024
Row = Any


@dataclass(frozen=True, slots=True)
class Source:
    """Rows to score.

    Attributes:
        identity: tells this source from another, or from itself after a change.
        header: names of the columns.
        whole: rows or bytes there are, the unit of the positions.
        read_parts: takes rows to leave out and rows a part; returns each part with the position after it.
        split: values of one row.
        say_assumed: fields of one row that were assumed or missing where it came from; None if rows are as they were.
    """

    identity: str
    header: tuple[str, ...]
    whole: int
    read_parts: Callable[[int, int], Iterator[tuple[list[Row], int]]]
    split: Callable[[Row], Sequence[str | int | None]]
    say_assumed: Callable[[Row], list[str]] | None = None


def open_file(path: Path) -> Source:
    """A ``.csv`` or ``.parquet`` file.

    Raises:
        InvalidInputError: it cannot be read, or is of another kind.
    """
    if not path.is_file():
        raise InvalidInputError(f"{path} is no file")
    if path.suffix == ".csv":
        return _open_csv(path)
    if path.suffix == ".parquet":
        return _open_parquet(path)
    raise InvalidInputError(f"{path}: .csv or .parquet expected")


def open_table(connection: Connection, name: str) -> Source:
    """A table or view as ``schema.table``; the connection stays open while it is read.

    Raises:
        InvalidInputError, NotFoundError: there is no such table, or its rows have no order.
    """
    schema, _, table = name.partition(".")
    columns = find_encounter_columns(connection, schema, table)
    whole = count_rows(connection, schema, table)

    def read_parts(skip: int, rows: int) -> Iterator[tuple[list[Row], int]]:
        done = skip
        for part in read_encounters(connection, schema, table, columns, skip, rows):
            done += len(part)
            yield list(part), done

    return Source(f"table {name}, {whole} rows", tuple(columns), whole, read_parts, _as_it_is)


def _open_csv(path: Path) -> Source:
    with path.open("rb") as file:
        header = split_csv_line(file.readline().removeprefix(_BOM).rstrip(b"\r\n"))

    def read_parts(skip: int, rows: int) -> Iterator[tuple[list[Row], int]]:
        with path.open("rb") as file:
            position = len(file.readline())
            lines = iter(file)
            position += sum(map(len, islice(lines, skip)))
            while part := list(islice(lines, rows)):
                position += sum(map(len, part))
                yield [line.rstrip(b"\r\n") for line in part], position

    return Source(_identify(path), tuple(header), path.stat().st_size, read_parts, split_csv_line)


def _open_parquet(path: Path) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(f"{path} is no Parquet file: {type(error).__name__}") from error
    problems = tuple(
        FieldProblem(field.name, f"has the type {field.type}", "text or whole numbers")
        for field in file.schema_arrow
        if field.name in BY_NAME and not _is_readable(field.type)
    )
    if problems:
        raise InvalidInputError(f"{path}: {len(problems)} column(s) have another type", problems)

    def read_parts(skip: int, rows: int) -> Iterator[tuple[list[Row], int]]:
        done = 0
        for batch in file.iter_batches(batch_size=rows):
            done += batch.num_rows
            if done > skip:
                yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True)), done

    return Source(_identify(path), tuple(file.schema_arrow.names), file.metadata.num_rows, read_parts, _as_it_is)


def _is_readable(kind: Any) -> bool:
    from pyarrow import types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    return bool(text or types.is_integer(kind) or types.is_null(kind))


def _as_it_is(row: Row) -> Sequence[str | int | None]:
    values: Sequence[str | int | None] = row
    return values


def _identify(path: Path) -> str:
    """Size, time of change and the hash of the first MiB: reading all of a large file twice would cost too much."""
    found = path.stat()
    with path.open("rb") as file:
        start = hashlib.sha256(file.read(_HASHED_BYTES)).hexdigest()
    return f"file of {found.st_size} bytes, changed {found.st_mtime_ns}, begins {start}"
