"""The micro-batcher: batches form by themselves, answers never mix, the queue is bounded, nothing waits for a timer."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readmission.errors import UnavailableError
from readmission.services.inference_service.predict.answer_batches import MicroBatcher


class Doubler:
    """Answers twice the number, once it is let go; remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.let_go = asyncio.Event()
        self.most_at_once = 0
        self._at_once = 0

    async def answer(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await self.let_go.wait()
        self._at_once -= 1
        return [ValueError(str(item)) if item < 0 else 2 * item for item in items]


def make(doubler: Doubler, rows: int = 4, waiting: int = 100, in_flight: int = 1) -> MicroBatcher[int, int]:
    return MicroBatcher(doubler.answer, max_rows=rows, max_waiting=waiting, max_in_flight=in_flight)


def test_a_lone_item_goes_at_once_and_the_next_ones_gather() -> None:
    async def scenario() -> None:
        doubler = Doubler()
        batcher = make(doubler)
        first = batcher.send(1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert doubler.batches == [[1]]
        others = [batcher.send(number) for number in (2, 3, 4, 5, 6)]
        doubler.let_go.set()
        assert [await first, *[await other for other in others]] == [2, 4, 6, 8, 10, 12]
        assert doubler.batches == [[1], [2, 3, 4, 5], [6]]

    asyncio.run(scenario())


def test_a_second_batch_starts_beside_the_first_once_as_many_wait() -> None:
    async def scenario() -> None:
        doubler = Doubler()
        batcher = make(doubler, rows=8, in_flight=2)
        futures = [batcher.send(number) for number in (1, 2, 3)]
        await asyncio.sleep(0)
        futures += [batcher.send(number) for number in (4, 5)]
        for _ in range(3):
            await asyncio.sleep(0)
        assert doubler.batches == [[1, 2, 3]]
        futures.append(batcher.send(6))
        for _ in range(3):
            await asyncio.sleep(0)
        assert doubler.batches == [[1, 2, 3], [4, 5, 6]]
        futures += [batcher.send(number) for number in range(7, 20)]  # no third, however many wait
        for _ in range(3):
            await asyncio.sleep(0)
        assert len(doubler.batches) == 2
        doubler.let_go.set()
        assert await asyncio.gather(*futures) == [2 * number for number in range(1, 20)]

    asyncio.run(scenario())


def test_items_that_come_together_share_a_batch() -> None:
    async def scenario() -> None:
        doubler = Doubler()
        doubler.let_go.set()
        batcher = make(doubler)
        assert await asyncio.gather(*[batcher.send(number) for number in (1, 2, 3)]) == [2, 4, 6]
        assert doubler.batches == [[1, 2, 3]]

    asyncio.run(scenario())


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(), max_size=60), st.integers(1, 8), st.integers(1, 3), st.lists(st.booleans(), min_size=60))
def test_every_sender_gets_its_own_answer(numbers: list[int], rows: int, in_flight: int, pauses: list[bool]) -> None:
    async def scenario() -> None:
        doubler = Doubler()
        doubler.let_go.set()
        batcher = make(doubler, rows=rows, in_flight=in_flight)
        futures = []
        for number, pause in zip(numbers, pauses, strict=False):
            futures.append(batcher.send(number))
            if pause:
                await asyncio.sleep(0)
        answers = await asyncio.gather(*futures, return_exceptions=True)
        for number, answer in zip(numbers, answers, strict=True):
            assert str(answer) == str(number) if number < 0 else answer == 2 * number
        assert doubler.most_at_once <= in_flight
        assert all(len(batch) <= rows for batch in doubler.batches)
        assert [item for batch in doubler.batches for item in batch] == numbers

    asyncio.run(scenario())


def test_a_full_queue_refuses() -> None:
    async def scenario() -> None:
        doubler = Doubler()
        batcher = make(doubler, rows=1, waiting=2)
        futures = [batcher.send(1)]
        await asyncio.sleep(0)
        futures += [batcher.send(2), batcher.send(3)]
        with pytest.raises(UnavailableError, match="2 requests wait already"):
            batcher.send(4)
        doubler.let_go.set()
        assert await asyncio.gather(*futures) == [2, 4, 6]

    asyncio.run(scenario())


def test_a_sender_that_left_does_not_disturb_the_others() -> None:
    async def scenario() -> None:
        doubler = Doubler()
        batcher = make(doubler)
        left, stays = batcher.send(1), batcher.send(2)
        await asyncio.sleep(0)
        left.cancel()
        doubler.let_go.set()
        assert await stays == 4

    asyncio.run(scenario())


def test_drain_waits_for_every_answer() -> None:
    async def scenario() -> None:
        doubler = Doubler()
        doubler.let_go.set()
        batcher = make(doubler, rows=2)
        futures = [batcher.send(number) for number in range(9)]
        await batcher.drain()
        assert all(future.done() for future in futures)
        assert batcher.waiting == 0

    asyncio.run(scenario())


def test_a_batch_that_breaks_tells_every_sender() -> None:
    async def broken(_: Sequence[int]) -> list[int | Exception]:
        raise RuntimeError("broken")

    async def scenario() -> None:
        batcher: MicroBatcher[int, int] = MicroBatcher(broken, max_rows=4, max_waiting=9, max_in_flight=1)
        answers = await asyncio.gather(*[batcher.send(number) for number in (1, 2)], return_exceptions=True)
        assert [str(answer) for answer in answers] == ["broken", "broken"]

    asyncio.run(scenario())
