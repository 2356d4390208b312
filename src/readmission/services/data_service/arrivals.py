"""Later deliveries of encounters: checked whole, then appended as further batches; existing ones never change."""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from readmission.dataset.cut_batches import CsvIndex
from readmission.dataset.files import hash_file
from readmission.dataset.splits import SPLITS
from readmission.errors import ConflictError, FieldProblem
from readmission.services.data_service.catalog import ArrivalRecord, BatchRecord, add_batches
from readmission.services.data_service.check_arrival import MOST_PROBLEMS, check_arrival
from readmission.services.data_service.prepare import Library, encounter_rows


def add_arrival(library: Library, name: str, body: Path, asked_by: str) -> tuple[ArrivalRecord, bool]:
    """Store a delivery; sending the same one again changes nothing.

    Args:
        library: what is served.
        name: the delivery's name; a name is given once.
        body: the CSV as it was sent.
        asked_by: name of the caller's key, for the record.

    Returns:
        The stored record, and whether it is new.

    Raises:
        InvalidInputError: header, rows or values break the contract; nothing is stored.
        ConflictError: the name has other content, or encounters are known already; nothing is stored.
    """
    sha256 = hash_file(body)
    if known := _find_same(library, name, sha256):
        return known, False
    rows = check_arrival(body, name)
    index = CsvIndex.build(body)
    rows_of = index.split_rows(library.dataset.salt)
    record = ArrivalRecord(name, sha256, rows, datetime.now(UTC).isoformat(timespec="seconds"))
    with library.catalog.transaction() as connection:
        # The transaction also keeps a second arrival out until this one's numbers are taken.
        if known := _find_same(library, name, sha256):
            return known, False
        _refuse_known(connection, index.encounter_ids.tolist(), name)
        next_number = {split: _count_batches(connection, split) for split in SPLITS}
        cut = index.cut_batches(rows_of, library.dataset.batch_size, next_number)
        batches = [
            BatchRecord(batch.split, batch.number, batch.rows, library.files.write(batch.csv_bytes), name)
            for batch in cut
        ]
        add_batches(connection, batches, encounter_rows(index, rows_of))
        connection.execute(
            "INSERT INTO arrivals (name, sha256, rows, received_at, asked_by) VALUES (?, ?, ?, ?, ?)",
            (name, sha256, rows, record.received_at, asked_by),
        )
    return record, True


def _find_same(library: Library, name: str, sha256: str) -> ArrivalRecord | None:
    known = library.catalog.arrival(name)
    if known is not None and known.sha256 != sha256:
        raise ConflictError(
            f"arrival {name} was stored with other content (SHA-256 {known.sha256}); give it a new name"
        )
    return known


def _refuse_known(connection: sqlite3.Connection, encounter_ids: Iterable[int], name: str) -> None:
    query = "SELECT 1 FROM encounters WHERE encounter_id = ?"
    lines = (line for line, each in enumerate(encounter_ids, start=2) if connection.execute(query, (each,)).fetchone())
    problems = [
        FieldProblem(f"line {line}: encounter_id", "is known already", "encounters not served so far")
        for line, _ in zip(lines, range(MOST_PROBLEMS), strict=False)
    ]
    if problems:
        raise ConflictError(f"{name}: at least {len(problems)} encounter(s) are known already", tuple(problems))


def _count_batches(connection: sqlite3.Connection, split: str) -> int:
    return int(connection.execute("SELECT COUNT(*) FROM batches WHERE split = ?", (split,)).fetchone()[0])
