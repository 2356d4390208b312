"""Identifiers of predictions: UUIDv7 (RFC 9562), ordered by the time they were made."""

import os
import time


def read_time(prediction_id: str) -> float:
    """When an identifier of :func:`make_prediction_ids` was made: Unix seconds, to the millisecond."""
    return int(prediction_id[:8] + prediction_id[9:13], 16) / 1000


def make_prediction_ids(count: int, unix_seconds: float | None = None) -> list[str]:
    """Make ``count`` new identifiers in their canonical text form.

    48 bits of Unix milliseconds, then 74 random bits: two never meet, whichever worker makes them.

    Args:
        count: how many.
        unix_seconds: time they carry; now where None.
    """
    milliseconds = int((time.time() if unix_seconds is None else unix_seconds) * 1000)
    stamp = f"{milliseconds & 0xFFFF_FFFF_FFFF:012x}"
    prefix = f"{stamp[:8]}-{stamp[8:]}-7"
    noise = os.urandom(10 * count).hex()
    ids = []
    for start in range(0, 20 * count, 20):
        digits = noise[start : start + 20]
        variant = "89ab"[int(digits[3], 16) & 3]
        ids.append(f"{prefix}{digits[:3]}-{variant}{digits[4:7]}-{digits[7:19]}")
    return ids
