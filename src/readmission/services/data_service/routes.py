"""Reading the data set: what it is, its splits, its batches."""

from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import FileResponse

from readmission.contract.prediction import Problem
from readmission.dataset.splits import SPLITS
from readmission.observability.metrics import data_batches_served_total, data_rows_served_total
from readmission.services.data_service.access import KnownBatch, KnownSplit, PreparedLibrary
from readmission.services.data_service.media_types import MEDIA_TYPES, choose_format
from readmission.services.data_service.prepare import Library
from readmission.services.data_service.schemas import Batch, BatchList, Dataset, SplitCounts, Splits

NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": Problem, "description": "Not prepared yet."}}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "No such split or batch."}}
_FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The batch. The hash of its CSV is in X-Batch-SHA256, whatever the format.",
        "content": {
            MEDIA_TYPES["json"]: {"schema": {"type": "array", "items": {"type": "object"}}},
            MEDIA_TYPES["csv"]: {"schema": {"type": "string"}},
            MEDIA_TYPES["arrow"]: {"schema": {"type": "string", "format": "binary"}},
        },
    },
    406: {"model": Problem, "description": "None of the media types asked for can be given."},
}

router = APIRouter(tags=["data set"], responses=NOT_READY)


@router.get("/dataset", summary="What data is this?")
def get_dataset(library: PreparedLibrary) -> Dataset:
    """Kind, hash and size of the data set, and whether it is synthetic."""
    record = library.catalog.dataset() or library.dataset
    splits = _count_splits(library)
    return Dataset(
        kind=record.kind,
        synthetic=record.kind == "synthetic",
        sha256=record.sha256,
        rows=sum(split.rows for split in splits.values()),
        salt=record.salt,
        batch_size=record.batch_size,
        arrivals=library.catalog.count_arrivals(),
        splits=splits,
        note=record.note,
    )


@router.get("/splits", summary="Sizes of the splits")
def get_splits(library: PreparedLibrary) -> Splits:
    """Encounters, patients and batches of each split. A patient is in one split only."""
    return Splits(salt=library.dataset.salt, splits=_count_splits(library))


@router.get("/splits/{split}/batches", summary="Batches of a split", responses=NOT_FOUND)
def list_batches(library: PreparedLibrary, split: KnownSplit) -> BatchList:
    """Number, size and hash of every batch. Batches only ever get more; none changes."""
    batches = library.catalog.batches(split)
    return BatchList(split=split, batches=[Batch(number=b.number, rows=b.rows, sha256=b.sha256) for b in batches])


@router.get(
    "/splits/{split}/batches/{number}",
    summary="One batch",
    response_class=FileResponse,
    responses={**NOT_FOUND, **_FORMATS},
)
def get_batch(
    library: PreparedLibrary,
    batch: KnownBatch,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> FileResponse:
    """The encounters of a batch, ordered by `encounter_id`.

    CSV and Arrow hold every value as text, as it stands in the file. JSON is an array of encounters with
    whole numbers as numbers and missing values as null.
    """
    form = choose_format(accept)
    headers = {
        "X-Batch-SHA256": batch.sha256,
        "X-Dataset-SHA256": library.dataset.sha256,
        "ETag": f'"{batch.sha256}-{form}"',
        "Cache-Control": "private, immutable, max-age=31536000",
        "Vary": "Accept",
    }
    path = library.files.path(batch.sha256, form)
    data_batches_served_total.labels(batch.split, form).inc()
    data_rows_served_total.labels(batch.split, form).inc(batch.rows)
    return FileResponse(path, media_type=MEDIA_TYPES[form], headers=headers)


def _count_splits(library: Library) -> dict[str, SplitCounts]:
    counts: dict[str, SplitCounts] = {split: SplitCounts(rows=0, patients=0, batches=0) for split in SPLITS}
    for split in library.catalog.splits():
        counts[split.split] = SplitCounts(rows=split.rows, patients=split.patients, batches=split.batches)
    return counts
