"""The catalogue of what is served: one SQLite file, the only thing that makes a batch exist.

Batch files are named by their hash and written first; a transaction here then makes them count. So a
crash at any moment leaves either the whole change or none of it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS dataset (
    id INTEGER PRIMARY KEY CHECK (id = 1), kind TEXT NOT NULL, sha256 TEXT NOT NULL, salt TEXT NOT NULL,
    batch_size INTEGER NOT NULL, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS batches (
    split TEXT NOT NULL, number INTEGER NOT NULL, rows INTEGER NOT NULL, sha256 TEXT NOT NULL, arrival TEXT,
    PRIMARY KEY (split, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS encounters (
    encounter_id INTEGER PRIMARY KEY, patient_nbr INTEGER NOT NULL, split TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS splits (
    split TEXT PRIMARY KEY, rows INTEGER NOT NULL, patients INTEGER NOT NULL, batches INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS arrivals (
    name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, rows INTEGER NOT NULL, received_at TEXT NOT NULL,
    asked_by TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS consumers (
    consumer TEXT NOT NULL, split TEXT NOT NULL, number INTEGER NOT NULL, taken_at TEXT NOT NULL, acknowledged_at TEXT,
    PRIMARY KEY (consumer, split, number)) WITHOUT ROWID;
"""
_COUNT_SPLITS = """
INSERT OR REPLACE INTO splits
SELECT split, COUNT(*), COUNT(DISTINCT patient_nbr),
       (SELECT COUNT(*) FROM batches WHERE batches.split = encounters.split)
FROM encounters GROUP BY split
"""


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """What the catalogue was made from, and how it was cut."""

    kind: str
    sha256: str
    salt: str
    batch_size: int
    note: str


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One batch; ``sha256`` is of its CSV bytes, ``arrival`` names the later delivery it came by."""

    split: str
    number: int
    rows: int
    sha256: str
    arrival: str | None = None


@dataclass(frozen=True, slots=True)
class SplitRecord:
    """Counts of one split."""

    split: str
    rows: int
    patients: int
    batches: int


@dataclass(frozen=True, slots=True)
class ArrivalRecord:
    """A later delivery of encounters; ``sha256`` is of the body as it was sent."""

    name: str
    sha256: str
    rows: int
    received_at: str


class Catalog:
    """Reads and changes the catalogue. A connection lasts one call, so any thread or process may call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self.connect() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
        self._name_callers()

    def _name_callers(self) -> None:
        """Catalogues made before arrivals named their caller get the column; theirs stay unknown."""
        with self.transaction() as connection:
            columns = [row[1] for row in connection.execute("PRAGMA table_info(arrivals)")]
            if "asked_by" not in columns:
                connection.execute("ALTER TABLE arrivals ADD COLUMN asked_by TEXT")

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """A connection whose commits are on disk before they return."""
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All statements or none; one writer at a time."""
        with self.connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def dataset(self) -> DatasetRecord | None:
        """What is served; None if nothing was prepared yet."""
        with self.connect() as connection:
            row = connection.execute("SELECT kind, sha256, salt, batch_size, note FROM dataset").fetchone()
        return DatasetRecord(*row) if row else None

    def splits(self) -> list[SplitRecord]:
        """Counts of every split that has encounters."""
        with self.connect() as connection:
            return [
                SplitRecord(*row) for row in connection.execute("SELECT split, rows, patients, batches FROM splits")
            ]

    def batches(self, split: str | None = None) -> list[BatchRecord]:
        """Batches of one split by number, or all."""
        query = "SELECT split, number, rows, sha256, arrival FROM batches WHERE ?1 IS NULL OR split = ?1 ORDER BY 1, 2"
        with self.connect() as connection:
            return [BatchRecord(*row) for row in connection.execute(query, (split,))]

    def batch(self, split: str, number: int) -> BatchRecord | None:
        """One batch, or None."""
        query = "SELECT split, number, rows, sha256, arrival FROM batches WHERE split = ? AND number = ?"
        with self.connect() as connection:
            row = connection.execute(query, (split, number)).fetchone()
        return BatchRecord(*row) if row else None

    def count_arrivals(self) -> int:
        """Later deliveries stored."""
        with self.connect() as connection:
            return int(connection.execute("SELECT COUNT(*) FROM arrivals").fetchone()[0])

    def arrival(self, name: str) -> ArrivalRecord | None:
        """One arrival, or None."""
        with self.connect() as connection:
            row = connection.execute(
                "SELECT name, sha256, rows, received_at FROM arrivals WHERE name = ?", (name,)
            ).fetchone()
        return ArrivalRecord(*row) if row else None


def add_batches(
    connection: sqlite3.Connection, batches: Iterable[BatchRecord], encounters: Iterable[tuple[int, int, str]]
) -> None:
    """Make batches and their encounters (id, patient, split) count, inside the caller's transaction.

    Raises:
        sqlite3.IntegrityError: an encounter, or a batch number, is known already.
    """
    connection.executemany("INSERT INTO encounters VALUES (?, ?, ?)", encounters)
    rows = ((batch.split, batch.number, batch.rows, batch.sha256, batch.arrival) for batch in batches)
    connection.executemany("INSERT INTO batches VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute(_COUNT_SPLITS)
