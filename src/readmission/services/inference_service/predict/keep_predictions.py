"""Make predictions durable: in PostgreSQL, or in the journal until PostgreSQL is back."""

import asyncio
import logging
import time
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from readmission.errors import InvalidInputError, UnavailableError
from readmission.observability import metrics
from readmission.storage.serving.prediction_journal import JournaledBatch, PredictionJournal
from readmission.storage.serving.predictions import KeptRead, PredictionBatch, PredictionStore, Reader, read_time

REPLAY_SECONDS = 0.5
"""How often a worker looks whether PostgreSQL is back and the journal empty."""
_BATCHES_AT_ONCE = 64
PROBE_SECONDS = 1.0
"""How long what the journal's disk said holds."""
_READS_AT_ONCE = 1000
_logger = logging.getLogger(__name__)


class PredictionKeeper:
    """Where answers become durable.

    Args:
        store: PostgreSQL.
        journal: takes over while PostgreSQL is away; None: nothing does, and requests are refused.
    """

    def __init__(self, store: PredictionStore, journal: PredictionJournal | None) -> None:
        self._store = store
        self._journal = journal
        self._is_away = False
        self._probing = asyncio.Lock()
        self._probe_again = 0.0
        self._journal_problem: str | None = None

    async def insert(self, batch: PredictionBatch) -> None:
        """Make a batch durable; when this returns, every row is on disk.

        Raises:
            UnavailableError: nothing durable can take it. Nothing may be acknowledged.
            InvalidInputError: a row cannot be stored; none of the batch is.
        """
        started = time.perf_counter()
        await self._insert(batch)
        metrics.prediction_store_seconds.observe(time.perf_counter() - started)

    async def _insert(self, batch: PredictionBatch) -> None:
        if self._journal is None:
            await self._store.insert(batch)
            return
        if not self._is_away:
            try:
                await self._store.insert(batch)
                return
            except UnavailableError as error:
                self._is_away = True
                _logger.warning("predictions go to the journal: %s", error.message)
        # What may have reached PostgreSQL all the same is recognised by its id when it is replayed.
        await self._journal.append(batch)
        metrics.predictions_journaled_total.inc(len(batch.prediction_ids))

    async def read(self, prediction_id: UUID, reader: Reader) -> dict[str, Any] | None:
        """A prediction with its encounter, wherever it lies; that it was read is durable when this returns.

        Returns:
            None if there is none, or none this reader may read.

        Raises:
            UnavailableError: it is not in the journal, and PostgreSQL is away.
        """
        # The journal first: a replayed batch is in PostgreSQL before it leaves the journal.
        found = None if self._journal is None else await self._journal.find(prediction_id)
        if self._journal is None or found is None:
            return await self._store.read(prediction_id, reader)
        if not reader.any and found["asked_by"] != reader.asked_by:
            return None
        now = datetime.now(UTC).isoformat()
        read = KeptRead(str(uuid4()), str(prediction_id), reader.asked_by, reader.what, now, reader.request_id)
        await self._journal.append_read(read)
        return found

    async def check(self) -> str:
        """Where the next prediction goes: ``postgresql`` or ``journal``.

        Raises:
            UnavailableError: PostgreSQL is away, and there is no journal, or it takes no record (its disk is full).
        """
        try:
            await self._store.check()
        except UnavailableError:
            if self._journal is None:
                raise
            await self._check_journal(self._journal)
            return "journal"
        return "postgresql"

    async def _check_journal(self, journal: PredictionJournal) -> None:
        """Ask the journal's disk, at most once in :data:`PROBE_SECONDS` however many ask."""
        async with self._probing:
            if time.monotonic() >= self._probe_again:
                try:
                    await journal.check()
                    self._journal_problem = None
                except UnavailableError as error:
                    self._journal_problem = f"PostgreSQL is away, and {error.message}"
                self._probe_again = time.monotonic() + PROBE_SECONDS
            if self._journal_problem is not None:
                raise UnavailableError(self._journal_problem)

    async def replay(self) -> None:
        """Move the journal into PostgreSQL, whenever there is something and PostgreSQL answers; never returns."""
        if self._journal is None:
            return
        while True:
            try:
                await self._replay(self._journal)
            except UnavailableError:
                pass  # still away: what was acknowledged stays in the journal
            except Exception:
                _logger.exception("the journal could not be replayed; tried again in a moment")
            await asyncio.sleep(REPLAY_SECONDS)

    async def close(self) -> None:
        """Close the journal; what it holds is replayed by the next start."""
        if self._journal is not None:
            await self._journal.close()

    async def _replay(self, journal: PredictionJournal) -> None:
        try:
            if self._is_away:
                await self._store.check()
                self._is_away = False
                _logger.info("PostgreSQL is back: predictions go there again")
            while entries := await journal.read_first(_BATCHES_AT_ONCE):
                refused = [entry.sequence for entry in entries if not await self._store_again(entry)]
                for sequence in refused:
                    await journal.set_aside(sequence)
                await journal.remove([entry.sequence for entry in entries if entry.sequence not in refused])
            while reads := await journal.list_reads(_READS_AT_ONCE):
                await self._store.record_reads(reads)
                await journal.remove_reads(reads)
        finally:
            metrics.prediction_journal_rows.set(await journal.count_rows())
            oldest = await journal.find_oldest()
            lag = 0.0 if oldest is None else max(0.0, time.time() - read_time(oldest))
            metrics.prediction_store_lag_seconds.set(lag)

    async def _store_again(self, entry: JournaledBatch) -> bool:
        """True once PostgreSQL holds every row; False if it refuses one for good."""
        try:
            await self._store.insert(entry.batch)
            return True
        except InvalidInputError as error:
            _logger.error("PostgreSQL refuses a row of journal batch %d: %s", entry.sequence, error.message)
        for index in range(len(entry.batch.prediction_ids)):
            try:
                await self._store.insert(_single(entry.batch, index))
            except InvalidInputError:
                continue
        return False


def _single(batch: PredictionBatch, index: int) -> PredictionBatch:
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}
    alone: dict[str, Any] = {name: [value[index]] for name, value in values.items() if isinstance(value, list)}
    return replace(batch, **alone)
