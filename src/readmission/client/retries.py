"""When a call is sent again, and after how long."""

import random
from dataclasses import dataclass

_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Retries:
    """Exponential backoff with full jitter, after "Exponential Backoff And Jitter" (M. Brooker, AWS, 2015).

    Attributes:
        attempts: how often a call is sent in all; 1 sends it once.
        first_wait_seconds: longest wait before the second attempt; it doubles with each further one.
        longest_wait_seconds: longest wait before any attempt, also if the service's ``Retry-After`` asks for more.
    """

    attempts: int = 4
    first_wait_seconds: float = 0.25
    longest_wait_seconds: float = 10.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts is at least 1, not {self.attempts}")

    def wait_after(self, attempt: int, status: int | None = None, retry_after: str | None = None) -> float | None:
        """Seconds to wait after an attempt that failed, or None if the call is not to be sent again.

        Args:
            attempt: how many were made, from 1.
            status: what the service answered; None if it did not answer.
            retry_after: the answer's ``Retry-After``, in seconds.
        """
        if attempt >= self.attempts or (status is not None and status not in _AGAIN):
            return None
        longest = min(self.longest_wait_seconds, self.first_wait_seconds * 2 ** (attempt - 1))
        wait = random.uniform(0, longest)  # noqa: S311  (spreads callers out; guards nothing)
        try:
            asked = float(retry_after) if retry_after else 0.0
        except ValueError:  # a date: our services send seconds
            asked = 0.0
        return min(self.longest_wait_seconds, max(wait, asked))
