"""The journal: predictions on this machine's own disk while PostgreSQL is away.

SQLite in WAL mode with ``synchronous=FULL``: an appended batch survives kill -9 and a power cut. One
file serves all workers of a service; each worker talks to it from one thread of its own.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from readmission.errors import UnavailableError
from readmission.storage.serving.predictions import KeptRead, PredictionBatch

Result = TypeVar("Result")

_LOCK_TIMEOUT_SECONDS = 5.0
_PROBE_BYTES = 256 * 1024
"""More than the 128 predictions of a full micro-batch take."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, rows INTEGER NOT NULL, content BLOB NOT NULL,
    refused INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS predictions (
    prediction_id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, place INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS predictions_by_batch ON predictions (sequence);
CREATE TABLE IF NOT EXISTS reads (
    read_id TEXT PRIMARY KEY, prediction_id TEXT NOT NULL, asked_by TEXT NOT NULL, what TEXT NOT NULL,
    read_at TEXT NOT NULL, request_id TEXT) WITHOUT ROWID;
"""


class JournaledBatch(NamedTuple):
    """A batch and its place in the order of writing."""

    sequence: int
    batch: PredictionBatch


class PredictionJournal:
    """A queue of batches on disk, read from the front, also searched by prediction.

    Args:
        folder: on a disk that outlives the process; made private if it is not there yet.

    All methods raise ``UnavailableError`` if the disk is full, gone or broken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None

    async def append(self, batch: PredictionBatch) -> None:
        """Add a batch; when this returns, it is on disk."""
        content = msgspec.msgpack.encode(batch)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            cursor = connection.execute(
                "INSERT INTO batches (rows, content) VALUES (?, ?)", (len(batch.prediction_ids), content)
            )
            sequence = cursor.lastrowid
            places = [(each, sequence, place) for place, each in enumerate(batch.prediction_ids)]
            connection.executemany("INSERT INTO predictions VALUES (?, ?, ?)", places)
            connection.execute("COMMIT")

        await self._run(write)

    async def read_first(self, count: int) -> list[JournaledBatch]:
        """The oldest batches that PostgreSQL has not refused."""

        def read(connection: sqlite3.Connection) -> list[tuple[int, bytes]]:
            query = "SELECT sequence, content FROM batches WHERE refused = 0 ORDER BY sequence LIMIT ?"
            return connection.execute(query, (count,)).fetchall()

        return [
            JournaledBatch(sequence, msgspec.msgpack.decode(content, type=PredictionBatch))
            for sequence, content in await self._run(read)
        ]

    async def remove(self, sequences: Sequence[int]) -> None:
        """Forget batches that PostgreSQL holds."""
        keys = [(sequence,) for sequence in sequences]

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("DELETE FROM predictions WHERE sequence = ?", keys)
            connection.executemany("DELETE FROM batches WHERE sequence = ?", keys)
            connection.execute("COMMIT")

        await self._run(delete)

    async def set_aside(self, sequence: int) -> None:
        """Keep a batch that PostgreSQL refuses, out of the way of those behind it."""

        def mark(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE batches SET refused = 1 WHERE sequence = ?", (sequence,))

        await self._run(mark)

    async def find(self, prediction_id: UUID) -> dict[str, Any] | None:
        """A journaled prediction with its encounter, as :meth:`PredictionStore.find` gives it, or None."""

        def read(connection: sqlite3.Connection) -> tuple[bytes, int] | None:
            query = "SELECT content, place FROM batches JOIN predictions USING (sequence) WHERE prediction_id = ?"
            found: tuple[bytes, int] | None = connection.execute(query, (str(prediction_id),)).fetchone()
            return found

        found = await self._run(read)
        return None if found is None else dict(msgspec.msgpack.decode(found[0], type=PredictionBatch).row(found[1]))

    async def append_read(self, read: KeptRead) -> None:
        """Keep a read for PostgreSQL; when this returns, it is on disk."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO reads VALUES (?, ?, ?, ?, ?, ?)", read)

        await self._run(write)

    async def list_reads(self, count: int) -> list[KeptRead]:
        """Reads that PostgreSQL has no record of yet, at most ``count``."""

        def read(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
            return connection.execute("SELECT * FROM reads LIMIT ?", (count,)).fetchall()

        return [KeptRead(*row) for row in await self._run(read)]

    async def remove_reads(self, reads: Sequence[KeptRead]) -> None:
        """Forget reads that PostgreSQL has a record of."""
        keys = [(read.read_id,) for read in reads]

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("DELETE FROM reads WHERE read_id = ?", keys)
            connection.execute("COMMIT")

        await self._run(delete)

    async def check(self) -> None:
        """Prove that a batch would be durable now: as much as a full one takes is written and synced."""

        def probe(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            # Not with the other tables: on a full disk the journal opens for reading all the same.
            connection.execute("CREATE TABLE IF NOT EXISTS probe (only_one INTEGER PRIMARY KEY, content BLOB)")
            connection.execute("REPLACE INTO probe VALUES (1, zeroblob(?))", (_PROBE_BYTES,))
            connection.execute("COMMIT")

        await self._run(probe)

    async def count_rows(self) -> int:
        """Predictions that PostgreSQL does not hold yet."""

        def count(connection: sqlite3.Connection) -> int:
            return int(connection.execute("SELECT coalesce(sum(rows), 0) FROM batches").fetchone()[0])

        return await self._run(count)

    async def find_oldest(self) -> str | None:
        """Id of the oldest prediction that PostgreSQL does not hold yet; ids are ordered by the time they were made."""

        def oldest(connection: sqlite3.Connection) -> str | None:
            found: str | None = connection.execute("SELECT min(prediction_id) FROM predictions").fetchone()[0]
            return found

        return await self._run(oldest)

    async def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            await self._run(sqlite3.Connection.close)
        self._thread.shutdown()

    async def _run(self, call: Callable[[sqlite3.Connection], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._call, call)

    def _call(self, call: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            if self._connection is None:
                self._connection = _open(self._folder)
            try:
                return call(self._connection)
            finally:
                if call is not sqlite3.Connection.close and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except (sqlite3.Error, OSError) as error:
            raise UnavailableError(f"the journal cannot be used: {error}") from error


def _open(folder: Path) -> sqlite3.Connection:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(folder / "predictions.sqlite", timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(_SCHEMA)
    return connection
