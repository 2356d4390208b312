"""From waiting requests to answers: what waits is one batch, scored, stored, and only then answered.

No answer without a record. And no waiting for a batch to fill: one starts when none is under way and takes all that has
come by then. A lone request goes at once, and under load the time one batch takes is the time the next one gathers. No
timer anywhere.

A second batch starts beside the first only if as many wait as are under way. Batches that start whenever
a slot is free stay small, and a small batch costs nearly as much as a large one; yet one early request must
not make a crowd behind it wait for a slow disk.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from readmission.contract.encounter import DIAGNOSIS_SYSTEM
from readmission.contract.encounter_input import EncounterInput
from readmission.contract.prediction import MODEL_NAME
from readmission.contract.unseen_warnings import write_warnings
from readmission.errors import ReadmissionError, UnavailableError
from readmission.model.value_warnings import warn_of_values
from readmission.observability import metrics
from readmission.services.inference_service.models.loaded_model import LoadedModel
from readmission.services.inference_service.models.shadow import Shadow
from readmission.services.inference_service.predict.keep_predictions import PredictionKeeper
from readmission.storage.serving.predictions import PredictionBatch, make_prediction_ids

Item = TypeVar("Item")
Answer = TypeVar("Answer")
_logger = logging.getLogger(__name__)


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
        """Queue an item; its answer arrives in the future.

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


class PredictionRequest(NamedTuple):
    """A checked encounter, the request it came by, and the name of the caller's key."""

    input: EncounterInput
    request_id: str | None
    asked_by: str


class PredictionRecorder:
    """Answers batches of requests.

    Args:
        require_live: returns the version that answers, once a batch, so that a batch is never split over a swap.
        keeper: makes predictions durable.
        shadow: is offered what was answered, if a challenger may score it too.
    """

    def __init__(
        self, require_live: Callable[[], LoadedModel], keeper: PredictionKeeper, shadow: Shadow | None = None
    ) -> None:
        self._require_live = require_live
        self._keeper = keeper
        self._shadow = shadow

    async def answer_batch(self, requests: Sequence[PredictionRequest]) -> Sequence[bytes | Exception]:
        """The answers' JSON bodies in order, each stored; an exception where a request has none.

        One bad request never sinks its batch: if a batch fails for another reason than a part being
        away, each request is tried alone.
        """
        metrics.predict_batch_rows.observe(len(requests))
        try:
            return await self._answer(requests)
        except UnavailableError as error:
            metrics.predictions_not_stored_total.inc(len(requests))
            return [error] * len(requests)
        except Exception as error:
            if len(requests) == 1:
                return [_as_known(error)]
            _logger.warning("a batch failed (%s); each request is tried alone", type(error).__name__)
        return [(await self.answer_batch([request]))[0] for request in requests]

    def score(self, requests: Sequence[PredictionRequest]) -> PredictionBatch:
        """Predictions of the live model, not stored yet.

        Raises:
            UnavailableError: no model is live.
        """
        inputs = [request.input for request in requests]
        return score_encounters(
            self._require_live(),
            inputs,
            [request.request_id for request in requests],
            [request.asked_by for request in requests],
        )

    async def _answer(self, requests: Sequence[PredictionRequest]) -> Sequence[bytes | Exception]:
        batch = self.score(requests)
        await self._keeper.insert(batch)
        if self._shadow is not None:
            self._shadow.offer(
                batch.model_version, batch.prediction_ids, [request.input.encounter for request in requests]
            )
        return write_answers(batch)


def score_encounters(
    model: LoadedModel, inputs: Sequence[EncounterInput], request_ids: list[str | None], asked_by: list[str | None]
) -> PredictionBatch:
    """Score encounters at once, in order; nothing is stored yet.

    Args:
        model: the one version that answers all of them.
        inputs: at least one.
        request_ids: the request each came by.
        asked_by: name of the key each came with.
    """
    encounters = [given.encounter for given in inputs]
    risks_30d, risks_any = model.predict_risks(encounters)
    threshold = model.manifest.threshold
    now = datetime.now(UTC)
    return PredictionBatch(
        model_name=MODEL_NAME,
        model_version=model.version,
        threshold=threshold,
        created_at=now.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        prediction_ids=make_prediction_ids(len(inputs), now.timestamp()),
        risks_30d=risks_30d,
        risks_any=risks_any,
        decisions=["flag" if risk >= threshold else "no_flag" for risk in risks_30d],
        encounter_ids=[given.encounter_id for given in inputs],
        patient_nbrs=[given.patient_nbr for given in inputs],
        encounters=[msgspec.json.encode(encounter) for encounter in encounters],
        request_ids=request_ids,
        asked_by=asked_by,
        warnings=_write_warnings(model, encounters, risks_30d),
    )


def _write_warnings(
    model: LoadedModel, encounters: Sequence[Mapping[str, Any]], risks_30d: Sequence[float]
) -> list[bytes | None]:
    if not any(DIAGNOSIS_SYSTEM in encounter for encounter in encounters):
        find_unseen = model.encoder.unseen_values.find
        return [write_warnings(find_unseen(encounter)) for encounter in encounters]
    found = warn_of_values(model, encounters, risks_30d)
    return [json.dumps(each).encode() if each else None for each in found]


def write_answers(batch: PredictionBatch) -> list[bytes]:
    """The JSON of each row, from the very values that were stored."""
    shared = {
        "threshold": batch.threshold,
        "model_name": batch.model_name,
        "model_version": batch.model_version,
        "created_at": batch.created_at,
    }
    tail = json.dumps(shared)[1:-1]
    rows = zip(batch.prediction_ids, batch.risks_30d, batch.risks_any, batch.decisions, batch.warnings, strict=True)
    return [
        (
            f'{{"prediction_id": "{identifier}", "risk_30d": {soon!r}, "risk_any": {ever!r}, '
            f'"decision": "{decision}", {tail}, "warnings": {"[]" if warnings is None else warnings.decode()}}}'
        ).encode()
        for identifier, soon, ever, decision, warnings in rows
    ]


def _as_known(error: Exception) -> Exception:
    if isinstance(error, ReadmissionError):
        return error
    _logger.error("a request could not be answered", exc_info=error)
    return ReadmissionError("The service could not answer this request; its log says why")
