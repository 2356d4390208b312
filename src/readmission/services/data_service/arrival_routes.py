"""Taking in later encounters."""

import secrets
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from readmission.contract.prediction import Problem
from readmission.errors import ReadmissionError, UnsupportedMediaTypeError
from readmission.observability.metrics import data_arrivals_total, data_prepared_rows
from readmission.services.data_service.access import NAME_PATTERN, PreparedLibrary
from readmission.services.data_service.arrivals import add_arrival
from readmission.services.data_service.catalog import ArrivalRecord
from readmission.services.data_service.prepare import Library
from readmission.services.data_service.routes import NOT_READY
from readmission.services.data_service.schemas import Arrival, ArrivalBatch
from readmission.web.caller import Caller

MOST_BYTES = 256 * 1024 * 1024
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    201: {"model": Arrival, "description": "Stored now."},
    401: {"model": Problem, "description": "The key is missing or wrong."},
    403: {"model": Problem, "description": "The key lacks the scope arrivals."},
    409: {"model": Problem, "description": "The name has other content, or encounters are known already."},
    413: {"model": Problem, "description": f"More than {MOST_BYTES} bytes."},
    415: {"model": Problem, "description": "Not text/csv."},
    422: {"model": Problem, "description": "The CSV breaks the contract: line and field of each problem."},
}
_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}

router = APIRouter(tags=["arrivals"], responses=NOT_READY)


@router.put("/arrivals/{name}", summary="Add later encounters", responses=_PROBLEMS, openapi_extra=_BODY)
async def put_arrival(
    request: Request,
    response: Response,
    library: PreparedLibrary,
    name: Annotated[str, Path(pattern=NAME_PATTERN, examples=["2009-01"], description="The delivery's name.")],
    caller: Caller,
) -> Arrival:
    """A CSV with the header and columns of the data set.

    It is checked whole; then its encounters are split by the same hash and appended as further batches.
    If anything is wrong, nothing is stored. The same delivery again is answered 200 and changes nothing.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
        raise UnsupportedMediaTypeError("send the arrival as text/csv")
    body = library.incoming / secrets.token_hex(8)
    try:
        await _receive(request, body)
        record, is_new = await run_in_threadpool(add_arrival, library, name, body, caller.name)
        answer = await run_in_threadpool(_describe, library, record)
    except ReadmissionError:
        data_arrivals_total.labels("refused").inc()
        raise
    finally:
        body.unlink(missing_ok=True)
    data_arrivals_total.labels("stored" if is_new else "repeated").inc()
    response.status_code = 201 if is_new else 200
    return answer


async def _receive(request: Request, target: FilePath) -> None:
    with target.open("wb") as file:
        async for chunk in request.stream():
            file.write(chunk)


def _describe(library: Library, record: ArrivalRecord) -> Arrival:
    for split in library.catalog.splits():
        data_prepared_rows.labels(split.split).set(split.rows)
    batches = [
        ArrivalBatch(split=batch.split, number=batch.number, rows=batch.rows, sha256=batch.sha256)
        for batch in library.catalog.batches()
        if batch.arrival == record.name
    ]
    return Arrival(
        name=record.name, sha256=record.sha256, rows=record.rows, received_at=record.received_at, batches=batches
    )
