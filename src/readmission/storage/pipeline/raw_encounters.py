"""raw.*: the data set as served, stored batch by batch with its ledger (raw.batches) in one transaction."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count

import psycopg
from psycopg import sql

from readmission.contract.encounter import COLUMNS
from readmission.contract.origin import StoredDataset
from readmission.errors import ConflictError, InvalidInputError, NotFoundError
from readmission.storage.postgres.column_types import column_list

_PLACE = ("dataset_sha256", "split", "batch_number", "row_number")
DUPLICATE = "duplicate: an encounter of this id is already stored"


@dataclass(frozen=True, slots=True)
class RawBatch:
    """A batch in the ledger: ``sha256`` and ``rows`` are those of the CSV as served."""

    dataset_sha256: str
    split: str
    number: int
    sha256: str
    rows: int

    @property
    def name(self) -> str:
        """Display name: ``train/0``."""
        return f"{self.split}/{self.number}"


def find_dataset(connection: psycopg.Connection) -> StoredDataset | None:
    """The data set this database holds, or None while it is empty."""
    row = connection.execute("SELECT kind, sha256 FROM raw.dataset").fetchone()
    return None if row is None else StoredDataset(*row)


def read_dataset(connection: psycopg.Connection) -> StoredDataset:
    """The data set this database holds.

    Raises:
        NotFoundError: nothing has been ingested yet.
    """
    stored = find_dataset(connection)
    if stored is None:
        raise NotFoundError("the database holds no data set yet: run `readmission ingest-batch` first")
    return stored


def require_same_dataset(connection: psycopg.Connection, dataset: StoredDataset) -> None:
    """Refuse a second data set.

    Raises:
        ConflictError: the database holds another one; the message names both.
    """
    stored = find_dataset(connection)
    if stored is not None and stored.sha256 != dataset.sha256:
        raise ConflictError(
            f"this database holds the data set {stored.sha256[:12]} ({stored.kind}); the data service serves "
            f"{dataset.sha256[:12]} ({dataset.kind}): use another state folder, they are never mixed"
        )


def list_raw_batches(connection: psycopg.Connection) -> list[RawBatch]:
    """Every batch of the ledger, in order of split and number."""
    rows = connection.execute(
        "SELECT dataset_sha256, split, batch_number, sha256, rows FROM raw.batches ORDER BY split, batch_number"
    ).fetchall()
    return [RawBatch(*row) for row in rows]


def find_raw_batch(connection: psycopg.Connection, dataset_sha256: str, split: str, number: int) -> RawBatch | None:
    """A batch of the ledger, or None."""
    row = connection.execute(
        "SELECT dataset_sha256, split, batch_number, sha256, rows FROM raw.batches"
        " WHERE (dataset_sha256, split, batch_number) = (%s, %s, %s)",
        (dataset_sha256, split, number),
    ).fetchone()
    return None if row is None else RawBatch(*row)


def require_same_batch(stored: RawBatch, batch: RawBatch) -> None:
    """Refuse other content under the name of a stored batch.

    Raises:
        ConflictError: the hashes differ; the message names both.
    """
    if stored.sha256 != batch.sha256:
        raise ConflictError(
            f"batch {batch.name} is stored with hash {stored.sha256[:12]}; the data service now serves it with hash "
            f"{batch.sha256[:12]}: batches never change, so one of them is wrong"
        )


def store_batch(
    connection: psycopg.Connection, dataset: StoredDataset, batch: RawBatch, read_csv: Callable[[], Iterable[bytes]]
) -> int | None:
    """Store a batch and its ledger row; the caller's commit makes both visible together.

    The rows go straight into their table. Only if one of them is stored already is the batch read again, and its
    rows looked at one by one.

    Args:
        connection: open connection, outside a transaction or at its start.
        dataset: data set the batch belongs to; recorded with the first batch.
        batch: what the ledger is to say. The rows are checked against it.
        read_csv: yields the CSV, header included, in chunks of any size; an error it raises undoes everything.

    Returns:
        Rows newly stored. Less than ``batch.rows`` where encounter ids were stored before (those rows go
        to the quarantine). None if another process has stored the batch meanwhile.

    Raises:
        ConflictError: another data set, or other content under this batch's name.
        InvalidInputError: the CSV cannot be read, or does not have the rows the ledger is to say.
    """
    connection.execute("SAVEPOINT before_rows")
    try:
        inserted = _copy_straight(connection, batch, read_csv())
    except psycopg.errors.UniqueViolation:
        connection.execute("ROLLBACK TO SAVEPOINT before_rows")
        if _find_same_batch(connection, batch):
            return None
        return _store_new_rows(connection, dataset, batch, read_csv())
    return inserted if _record_batch(connection, dataset, batch) else None


def _record_batch(connection: psycopg.Connection, dataset: StoredDataset, batch: RawBatch) -> bool:
    """Write the ledger; False if another process has stored the batch meanwhile."""
    connection.execute(
        "INSERT INTO raw.dataset (sha256, kind) VALUES (%s, %s) ON CONFLICT DO NOTHING", (dataset.sha256, dataset.kind)
    )
    require_same_dataset(connection, dataset)
    ledger = connection.execute(
        "INSERT INTO raw.batches (dataset_sha256, split, batch_number, sha256, rows) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (batch.dataset_sha256, batch.split, batch.number, batch.sha256, batch.rows),
    )
    if ledger.rowcount == 0:
        _find_same_batch(connection, batch)
    return ledger.rowcount > 0


def _find_same_batch(connection: psycopg.Connection, batch: RawBatch) -> bool:
    """True if the batch is stored, with this content."""
    stored = find_raw_batch(connection, batch.dataset_sha256, batch.split, batch.number)
    if stored is not None:
        require_same_batch(stored, batch)
    return stored is not None


def _copy_straight(connection: psycopg.Connection, batch: RawBatch, csv: Iterable[bytes]) -> int:
    statement = sql.SQL(
        "COPY raw.encounters ({columns}, {place}) FROM STDIN (FORMAT csv, HEADER MATCH, FORCE_NOT_NULL ({columns}))"
    ).format(columns=column_list(), place=sql.SQL(", ").join(map(sql.Identifier, _PLACE)))
    return _copy_in(connection, batch, statement, _add_place(batch, csv))


def _add_place(batch: RawBatch, csv: Iterable[bytes]) -> Iterator[bytes]:
    """Each line with where it belongs at its end.

    Raises:
        InvalidInputError: there are not as many lines as announced rows. With as many rows stored as announced, each
            row is then one line: none goes on in the next, where the end would be part of a value.
    """
    place = f",{batch.dataset_sha256},{batch.split},{batch.number},".encode()
    ends = chain([f",{','.join(_PLACE)}\n".encode()], (b"%b%d\n" % (place, row) for row in count(1)))
    lines_seen, rest = 0, b""
    for piece in csv:
        *lines, rest = (rest + piece).split(b"\n")
        lines_seen += len(lines)
        # The lines come first: zip takes no end that it does not use.
        yield b"".join(line.removesuffix(b"\r") + end for line, end in zip(lines, ends, strict=False))
    if rest:
        lines_seen += 1
        yield rest.removesuffix(b"\r") + next(ends)
    if lines_seen != batch.rows + 1:
        raise InvalidInputError(
            f"batch {batch.name} has {max(lines_seen - 1, 0)} lines; the data service announced {batch.rows} rows"
        )


def _store_new_rows(
    connection: psycopg.Connection, dataset: StoredDataset, batch: RawBatch, csv: Iterable[bytes]
) -> int | None:
    """Store the rows whose encounters are new; the others go to the quarantine."""
    received = _copy_to_temporary_table(connection, batch, csv)
    if not _record_batch(connection, dataset, batch):
        return None
    key = (batch.dataset_sha256, batch.split, batch.number)
    inserted = connection.execute(
        sql.SQL(
            "INSERT INTO raw.encounters ({columns}, dataset_sha256, split, batch_number, row_number)"
            " SELECT {columns}, %s, %s, %s, row_number FROM incoming ORDER BY row_number"
            " ON CONFLICT (dataset_sha256, encounter_id) DO NOTHING"
        ).format(columns=column_list()),
        key,
    ).rowcount
    if inserted < received:
        connection.execute(
            "INSERT INTO clean.quarantine (dataset_sha256, split, batch_number, row_number, encounter_id, field,"
            " reason, value) SELECT %s, %s, %s, i.row_number, i.encounter_id, 'encounter_id', %s, i.encounter_id"
            " FROM incoming i WHERE NOT EXISTS (SELECT FROM raw.encounters e WHERE"
            " (e.dataset_sha256, e.split, e.batch_number, e.row_number) = (%s, %s, %s, i.row_number))",
            (*key, DUPLICATE, *key),
        )
    return inserted


def count_raw_rows(connection: psycopg.Connection, dataset_sha256: str) -> int:
    """Encounters stored of a data set."""
    row = connection.execute("SELECT count(*) FROM raw.encounters WHERE dataset_sha256 = %s", (dataset_sha256,))
    return int((row.fetchone() or (0,))[0])


def copy_out_batch(connection: psycopg.Connection, batch: RawBatch) -> bytes:
    """The stored rows of a batch as CSV with a header: ``row_number`` and the 50 columns of text."""
    statement = sql.SQL(
        "COPY (SELECT row_number, {} FROM raw.encounters WHERE (dataset_sha256, split, batch_number) = ({}, {}, {})"
        " ORDER BY row_number) TO STDOUT (FORMAT csv, HEADER)"
    ).format(column_list(), sql.Literal(batch.dataset_sha256), sql.Literal(batch.split), sql.Literal(batch.number))
    with connection.cursor().copy(statement) as copy:
        return b"".join(bytes(piece) for piece in copy)


def _copy_to_temporary_table(connection: psycopg.Connection, batch: RawBatch, csv: Iterable[bytes]) -> int:
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column.name)) for column in COLUMNS)
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE incoming ({}, row_number integer GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP"
        ).format(columns)
    )
    statement = sql.SQL("COPY incoming ({columns}) FROM STDIN (FORMAT csv, HEADER MATCH, FORCE_NOT_NULL ({columns}))")
    return _copy_in(connection, batch, statement.format(columns=column_list()), csv)


def _copy_in(connection: psycopg.Connection, batch: RawBatch, statement: sql.Composed, csv: Iterable[bytes]) -> int:
    """Send the CSV; FORCE_NOT_NULL keeps an empty field an empty text: raw holds what was served."""
    cursor = connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for piece in csv:
                copy.write(piece)
    except psycopg.DataError as error:
        # The context quotes the row, which is a patient's: only its number may leave.
        line = re.search(r"line (\d+)", error.diag.context or "")
        where = f", line {line.group(1)}" if line else ""
        raise InvalidInputError(f"batch {batch.name}{where}: {error.diag.message_primary}") from None
    if cursor.rowcount != batch.rows:
        raise InvalidInputError(
            f"batch {batch.name} has {cursor.rowcount} rows; the data service announced {batch.rows}"
        )
    return cursor.rowcount
