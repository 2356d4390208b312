"""What each consumer has taken and acknowledged: durable before it is answered."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from readmission.services.data_service.catalog import Catalog

ProgressState = Literal["not_taken", "taken", "acknowledged"]


@dataclass(frozen=True, slots=True)
class ConsumerProgress:
    """How far one consumer is with one batch."""

    consumer: str
    split: str
    number: int
    state: ProgressState
    taken_at: str | None = None
    acknowledged_at: str | None = None


def record_progress(catalog: Catalog, consumer: str, split: str, number: int, state: ProgressState) -> ConsumerProgress:
    """Note that a batch was taken or acknowledged. Repeatable; never goes back from acknowledged to taken.

    Args:
        catalog: the catalogue the batch is in.
        consumer: who reads.
        split: the batch's split.
        number: the batch's number.
        state: ``taken`` or ``acknowledged``; acknowledging counts as taking too.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    acknowledged_at = now if state == "acknowledged" else None
    with catalog.transaction() as connection:
        connection.execute(
            "INSERT INTO consumers VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET "
            "taken_at = CASE WHEN ?5 IS NULL AND acknowledged_at IS NULL THEN ?4 ELSE taken_at END, "
            "acknowledged_at = COALESCE(acknowledged_at, ?5)",
            (consumer, split, number, now, acknowledged_at),
        )
    return read_progress(catalog, consumer, split, number)


def read_progress(catalog: Catalog, consumer: str, split: str, number: int) -> ConsumerProgress:
    """How far a consumer is with a batch; ``not_taken`` if nothing was noted."""
    query = "SELECT taken_at, acknowledged_at FROM consumers WHERE consumer = ? AND split = ? AND number = ?"
    with catalog.connect() as connection:
        row = connection.execute(query, (consumer, split, number)).fetchone()
    if row is None:
        return ConsumerProgress(consumer, split, number, "not_taken")
    return ConsumerProgress(consumer, split, number, "acknowledged" if row[1] else "taken", *row)
