"""A token bucket for each caller: so many requests a second, with a burst."""

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_CALLERS = 10_000


class RateLimit:
    """Counts the requests of each caller of one process.

    Args:
        per_second: requests a second a caller may go on with.
        burst: requests a caller may send at once after a pause.
        clock: seconds from any fixed point.

    The callers seen longest ago are forgotten beyond ten thousand, so that memory stays bounded.
    """

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._callers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> float:
        """Let one request pass.

        Returns:
            0 if it may pass, else the seconds after which it may.
        """
        now = self._clock()
        tokens, seen = self._callers.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - seen) * self._per_second)
        passes = tokens >= 1
        self._callers[caller] = (tokens - 1 if passes else tokens, now)
        if len(self._callers) > _MOST_CALLERS:
            self._callers.popitem(last=False)
        return 0.0 if passes else (1 - tokens) / self._per_second
