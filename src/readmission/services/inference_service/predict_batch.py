"""``POST /predict/batch``: many encounters in one request, each stored before its answer leaves.

The body is first put into a temporary file: memory stays bounded, a caller who sends all before reading anything
cannot lock up with us, and a body that cannot be read is refused before any row of it is stored.
"""

import asyncio
import json
import logging
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from hashlib import sha256
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, cast

from starlette.requests import ClientDisconnect, Request

from readmission.contract.encounter_input import EncounterInput
from readmission.errors import BodyTooLargeError, InvalidInputError, MalformedBodyError, ReadmissionError, SlowBodyError
from readmission.observability import metrics
from readmission.observability.logging import request_id
from readmission.services.inference_service.loaded_model import LoadedModel
from readmission.services.inference_service.read_batch import BatchRows, read_rows
from readmission.services.inference_service.score_encounters import score_encounters
from readmission.services.inference_service.write_batch import Line
from readmission.storage.keyed_batches import KeyedBatches, StoredRow
from readmission.storage.keyed_requests import KeyedRequest
from readmission.storage.predictions import PredictionBatch, PredictionStore, write_created_at
from readmission.web.problem_details import problem_body

CHUNK_ROWS = 1000
"""Rows scored, stored and answered together."""
SILENCE_SECONDS = 10.0
"""Longest pause of a body on its way."""
_logger = logging.getLogger(__name__)


class UploadLimits(NamedTuple):
    """The largest body taken, in bytes and in encounters."""

    max_bytes: int
    max_rows: int


class BatchPredictor:
    """Answers uploads, a chunk at a time; no more than one chunk is scored at once, whoever sent it.

    Args:
        require_live: gives the live model, once a chunk.
        store: where predictions are made durable.
        keyed: where those of batches with an ``Idempotency-Key`` are.
        limits: the largest body taken.
    """

    def __init__(
        self,
        require_live: Callable[[], LoadedModel],
        store: PredictionStore,
        keyed: KeyedBatches,
        limits: UploadLimits,
    ) -> None:
        self._require_live = require_live
        self._store = store
        self._keyed = keyed
        self._limits = limits
        self._scoring = asyncio.Lock()

    async def answer(
        self, request: Request, media_type: str, asked_by: str, key: str | None
    ) -> AsyncGenerator[list[Line]]:
        """The answers in the order of the rows, in chunks; each row of a chunk is stored or has a problem.

        Where a part goes away on the way, the last line says from which row on nothing was scored. Sent again with
        the same ``Idempotency-Key``, rows that are stored are answered as stored, and the others scored.

        Raises:
            ReadmissionError: before the first chunk: the body is too large, too slow or cannot be read, its key was
                sent with another body, or no model is live or PostgreSQL is away.
        """
        with tempfile.NamedTemporaryFile() as file:
            digest = None if key is None else sha256(f"{media_type}\n".encode())
            await self._keep_body(request, file, digest)
            await asyncio.to_thread(self._check_body, cast(BinaryIO, file), media_type)
            batch_id = None
            if key is not None and digest is not None:
                batch_id = await self._keyed.open(KeyedRequest(asked_by, "predict_batch", key, digest.hexdigest()))
            file.seek(0)
            rows = read_rows(cast(BinaryIO, file), media_type)
            done = 0
            while True:
                try:
                    lines = await self._answer_chunk(rows, done, asked_by, batch_id)
                except Exception as error:
                    if not done:
                        raise
                    yield [_last_line(done + 1, error)]
                    return
                if not lines:
                    return
                done += len(lines)
                yield lines

    async def _keep_body(self, request: Request, file: Any, digest: Any) -> None:
        taken = 0
        try:
            async with aclosing(request.stream()) as stream:
                while True:
                    async with asyncio.timeout(SILENCE_SECONDS):
                        part = await anext(stream, None)
                    if part is None:
                        break
                    taken += len(part)
                    if taken > self._limits.max_bytes:
                        raise BodyTooLargeError(f"A batch takes at most {self._limits.max_bytes} bytes")
                    file.write(part)
                    if digest is not None:
                        digest.update(part)
        except TimeoutError:
            raise SlowBodyError(f"Nothing of the body came for {SILENCE_SECONDS:g} s") from None
        except ClientDisconnect:
            raise MalformedBodyError("The caller went away before all of the body came") from None
        file.flush()

    def _check_body(self, file: BinaryIO, media_type: str) -> None:
        """Read the raw rows once: what breaks the whole body is told before anything is stored."""
        file.seek(0)
        rows = sum(1 for _ in islice(read_rows(file, media_type).raw, self._limits.max_rows + 1))
        if rows > self._limits.max_rows:
            raise BodyTooLargeError(f"A batch takes at most {self._limits.max_rows} encounters")
        if not rows:
            raise InvalidInputError("The body holds no encounter")

    async def _answer_chunk(self, rows: BatchRows, done: int, asked_by: str, batch_id: int | None) -> list[Line]:
        model = self._require_live()
        chunk = (done + 1, done + CHUNK_ROWS)
        stored = {} if batch_id is None else await self._keyed.find_rows(batch_id, *chunk)
        async with self._scoring:
            lines, batch = await asyncio.to_thread(_score_chunk, rows, done, model, request_id.get(), asked_by, stored)
        if batch is not None and batch_id is None:
            await self._store.insert(batch)
        elif batch is not None and batch_id is not None:
            scored = [line["row"] for line in lines if "prediction_id" in line and line["row"] not in stored]
            await self._keyed.insert(batch_id, scored, batch)
            # What the same batch, sent at the same time, has stored first is the answer here too.
            stored = await self._keyed.find_rows(batch_id, *chunk)
        for line in lines:
            if line["row"] in stored:
                line.update(_as_answer(stored[line["row"]]))
        answered = sum("prediction_id" in line for line in lines)
        metrics.batch_rows_total.labels("answered").inc(answered)
        metrics.batch_rows_total.labels("refused").inc(len(lines) - answered)
        return lines


def _score_chunk(
    rows: BatchRows,
    done: int,
    model: LoadedModel,
    request: str | None,
    asked_by: str,
    stored: Mapping[int, StoredRow],
) -> tuple[list[Line], PredictionBatch | None]:
    """The lines of the next rows, and what is to be stored before they may leave; None where no row is good.

    Rows that are stored already get no more than their number.
    """
    lines: list[Line] = []
    good: list[tuple[Line, EncounterInput]] = []
    for number, raw in enumerate(islice(rows.raw, CHUNK_ROWS), start=done + 1):
        line: Line = {"row": number}
        lines.append(line)
        if number in stored:
            continue
        try:
            good.append((line, rows.decode(raw)))
        except InvalidInputError as error:
            line.update(_problem(error))
    if not good:
        return lines, None
    batch = score_encounters(model, [given for _, given in good], [request] * len(good), [asked_by] * len(good))
    answers = zip(
        *(good, batch.prediction_ids, batch.risks_30d, batch.risks_any, batch.decisions, batch.warnings), strict=True
    )
    for (line, _), identifier, soon, ever, decision, warnings in answers:
        line.update(
            prediction_id=identifier,
            risk_30d=soon,
            risk_any=ever,
            decision=decision,
            threshold=batch.threshold,
            model_name=batch.model_name,
            model_version=batch.model_version,
            created_at=batch.created_at,
            warnings=[] if warnings is None else json.loads(warnings),
        )
    return lines, batch


def _as_answer(row: StoredRow) -> Line:
    return {**row._asdict(), "prediction_id": str(row.prediction_id), "created_at": write_created_at(row.created_at)}


def _problem(error: ReadmissionError) -> Line:
    body = problem_body(error)
    return {"problem": error.slug, "detail": body["detail"], "errors": body["errors"]}


def _last_line(row: int, error: Exception) -> Line:
    if not isinstance(error, ReadmissionError):
        _logger.error("a batch broke off", exc_info=error)
        error = ReadmissionError("The service could not go on; its log says why")
    return {"row": row, **_problem(error), "detail": f"{error.message}. No row from this one on was scored"}
