"""Group what waits into batches, without ever waiting for a batch to fill.

A batch starts when none is under way and takes all that has come by then: a lone request goes at once,
and under load the time one batch takes is the time the next one gathers. No timer anywhere.

A second batch starts beside the first only if as many wait as are under way. Batches that start whenever
a slot is free stay small, and a small batch costs nearly as much as a large one; yet one early request must
not make a crowd behind it wait for a slow disk.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from readmission.errors import UnavailableError

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class MicroBatcher(Generic[Item, Answer]):
    """Hands batches to ``answer_batch`` and each item's answer back to who sent it.

    Args:
        answer_batch: returns one answer an item, in order; an exception as an answer is raised to the sender.
        max_rows: most items in a batch.
        max_waiting: most items that may wait; beyond, sending is refused.
        max_in_flight: most batches under way at once.
    """

    def __init__(
        self,
        answer_batch: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        *,
        max_rows: int,
        max_waiting: int,
        max_in_flight: int,
    ) -> None:
        self._answer_batch = answer_batch
        self._max_rows = max_rows
        self._max_waiting = max_waiting
        self._max_in_flight = max_in_flight
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._in_flight: dict[asyncio.Task[None], int] = {}
        self._launch_is_due = False

    @property
    def waiting(self) -> int:
        """Items that no batch has taken yet."""
        return len(self._waiting)

    def send(self, item: Item) -> "asyncio.Future[Answer]":
        """Queue an item; the future gives its answer.

        Raises:
            UnavailableError: too many wait already.
        """
        if len(self._waiting) >= self._max_waiting:
            raise UnavailableError(f"{self._max_waiting} requests wait already; try again")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, future))
        if not self._launch_is_due and self._may_launch():
            # After the callbacks that are ready now: requests that came together share the batch.
            self._launch_is_due = True
            loop.call_soon(self._launch)
        return future

    async def drain(self) -> None:
        """Wait until everything queued has its answer."""
        while self._waiting or self._in_flight:
            if self._in_flight:
                await asyncio.wait(self._in_flight)
            else:
                await asyncio.sleep(0)

    def _launch(self) -> None:
        self._launch_is_due = False
        while self._may_launch():
            taken = [self._waiting.popleft() for _ in range(min(self._max_rows, len(self._waiting)))]
            task = asyncio.create_task(self._run(taken))
            self._in_flight[task] = len(taken)
            task.add_done_callback(self._land)

    def _may_launch(self) -> bool:
        if not self._in_flight:
            return bool(self._waiting)
        if len(self._in_flight) >= self._max_in_flight:
            return False
        return len(self._waiting) >= min(self._max_rows, sum(self._in_flight.values()))

    def _land(self, task: "asyncio.Task[None]") -> None:
        del self._in_flight[task]
        self._launch()

    async def _run(self, taken: list[tuple[Item, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers: Sequence[Answer | Exception] = await self._answer_batch([item for item, _ in taken])
        except Exception as error:  # noqa: BLE001, RUF100 - whatever it is, each sender must hear of it
            answers = [error] * len(taken)
        for (_, future), answer in zip(taken, answers, strict=True):
            if future.done():  # its sender has gone
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
