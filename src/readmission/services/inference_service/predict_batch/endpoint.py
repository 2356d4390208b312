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
from typing import BinaryIO, cast

from starlette.requests import Request

from readmission.contract.encounter import DiagnosisSystem
from readmission.contract.encounter_input import EncounterInput
from readmission.errors import BodyTooLargeError, InvalidInputError, ReadmissionError
from readmission.observability import metrics
from readmission.observability.logging import request_id
from readmission.services.inference_service.models.loaded_model import LoadedModel
from readmission.services.inference_service.predict.answer_batches import score_encounters
from readmission.services.inference_service.predict_batch.read_batch import BatchRows, read_rows
from readmission.services.inference_service.predict_batch.write_batch import Line
from readmission.storage.serving.keyed_batches import KeyedBatches, StoredRow
from readmission.storage.serving.keyed_requests import KeyedRequest
from readmission.storage.serving.predictions import PredictionBatch, PredictionStore, write_created_at
from readmission.web.problem_details import MOST_NAMED, problem_body

CHUNK_ROWS = 1000
"""Rows scored, stored and answered together."""
FEWEST_ROWS, FEWEST_NAMED = 1_000, 1_000
"""Rows any body may have, and problems named in any answer, however few bytes were sent."""
BYTES_A_ROW, BYTES_A_PROBLEM = 32, 50
"""No encounter that can be scored is shorter, in any format; and a problem named for each so many bytes sent. Both
keep the answer in proportion to the body: rows of nothing, which take no byte in Arrow, are not answered at length."""
_logger = logging.getLogger(__name__)


class _Upload:
    """A body that was kept: its rows, how many were answered, and how many problems may still be named."""

    def __init__(self, rows: BatchRows, size: int) -> None:
        self.rows = rows
        self.done = 0
        self._may_name = FEWEST_NAMED + size // BYTES_A_PROBLEM

    def describe(self, error: ReadmissionError) -> Line:
        """The line of a refused row; once enough are named, its problems are only counted."""
        line = _problem(error, min(MOST_NAMED, self._may_name))
        self._may_name -= len(line["errors"])
        return line


class BatchPredictor:
    """Answers uploads, a chunk at a time; no more than one chunk is scored at once, whoever sent it.

    Args:
        require_live: returns the live model, once a chunk.
        store: where predictions are made durable.
        keyed: where those of batches with an ``Idempotency-Key`` are.
        max_rows: the most encounters of one body.
        default_system: what the diagnoses are coded in if a row does not say.
    """

    def __init__(
        self,
        require_live: Callable[[], LoadedModel],
        store: PredictionStore,
        keyed: KeyedBatches,
        max_rows: int,
        default_system: DiagnosisSystem,
    ) -> None:
        self._default_system = default_system
        self._require_live = require_live
        self._store = store
        self._keyed = keyed
        self._max_rows = max_rows
        self._scoring = asyncio.Lock()

    async def answer(
        self, request: Request, media_type: str, asked_by: str, key: str | None
    ) -> AsyncGenerator[list[Line]]:
        """The answers in the order of the rows, in chunks; each row of a chunk is stored or has a problem.

        If a part goes away on the way, the last line says from which row on nothing was scored. Sent again with
        the same ``Idempotency-Key``, rows that are stored are answered as stored, and the others scored.

        Raises:
            ReadmissionError: before the first chunk: the body is too large, too slow or cannot be read, its key was
                sent with another body, or no model is live or PostgreSQL is away.
        """
        with tempfile.NamedTemporaryFile() as file:
            digest = None if key is None else sha256(f"{media_type}\n".encode())
            async with aclosing(request.stream()) as stream:  # counted and timed by the wall
                async for part in stream:
                    file.write(part)
                    if digest is not None:
                        digest.update(part)
            file.flush()
            size = file.tell()
            await asyncio.to_thread(self._check_body, cast(BinaryIO, file), size, media_type)
            batch_id = None
            if key is not None and digest is not None:
                batch_id = await self._keyed.open(KeyedRequest(asked_by, "predict_batch", key, digest.hexdigest()))
            file.seek(0)
            upload = _Upload(read_rows(cast(BinaryIO, file), media_type, self._default_system), size)
            while True:
                try:
                    lines = await self._answer_chunk(upload, asked_by, batch_id)
                except Exception as error:
                    if not upload.done:
                        raise
                    yield [_last_line(upload.done + 1, error)]
                    return
                if not lines:
                    return
                upload.done += len(lines)
                yield lines

    def _check_body(self, file: BinaryIO, size: int, media_type: str) -> None:
        """Read the raw rows once: what breaks the whole body is told before anything is stored."""
        file.seek(0)
        most = min(self._max_rows, max(FEWEST_ROWS, size // BYTES_A_ROW))
        rows = sum(1 for _ in islice(read_rows(file, media_type).raw, most + 1))
        if rows > self._max_rows:
            raise BodyTooLargeError(f"A batch takes at most {self._max_rows} encounters")
        if rows > most:
            raise BodyTooLargeError(f"{size} bytes cannot hold more than {most} encounters")
        if not rows:
            raise InvalidInputError("The body holds no encounter")

    async def _answer_chunk(self, upload: _Upload, asked_by: str, batch_id: int | None) -> list[Line]:
        model = self._require_live()
        chunk = (upload.done + 1, upload.done + CHUNK_ROWS)
        stored = {} if batch_id is None else await self._keyed.find_rows(batch_id, *chunk)
        async with self._scoring:
            lines, batch = await asyncio.to_thread(_score_chunk, upload, model, request_id.get(), asked_by, stored)
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
    upload: _Upload,
    model: LoadedModel,
    request: str | None,
    asked_by: str,
    stored: Mapping[int, StoredRow],
) -> tuple[list[Line], PredictionBatch | None]:
    """The lines of the next rows, and what is to be stored before they may leave; None if no row is good.

    Rows that are stored already get no more than their number.
    """
    lines: list[Line] = []
    good: list[tuple[Line, EncounterInput]] = []
    for number, raw in enumerate(islice(upload.rows.raw, CHUNK_ROWS), start=upload.done + 1):
        line: Line = {"row": number}
        lines.append(line)
        if number in stored:
            continue
        try:
            good.append((line, upload.rows.decode(raw)))
        except InvalidInputError as error:
            line.update(upload.describe(error))
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


def _problem(error: ReadmissionError, most_named: int = MOST_NAMED) -> Line:
    body = problem_body(error, most_named)
    line = {"problem": error.slug, "detail": body["detail"], "errors": body["errors"]}
    return {**line, "more_errors": body["more_errors"]} if "more_errors" in body else line


def _last_line(row: int, error: Exception) -> Line:
    if not isinstance(error, ReadmissionError):
        _logger.error("a batch broke off", exc_info=error)
        error = ReadmissionError("The service could not go on; its log says why")
    return {"row": row, **_problem(error), "detail": f"{error.message}. No row from this one on was scored"}
