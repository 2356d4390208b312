"""How far each consumer is."""

from fastapi import APIRouter

from readmission.services.data_service.access import ConsumerName, KnownBatch, PreparedLibrary
from readmission.services.data_service.consumers import read_progress, record_progress
from readmission.services.data_service.routes import NOT_FOUND, NOT_READY
from readmission.services.data_service.schemas import Progress, ProgressChange

router = APIRouter(tags=["progress"], responses={**NOT_READY, **NOT_FOUND})
_PATH = "/consumers/{consumer}/splits/{split}/batches/{number}"


@router.get(_PATH, summary="Was a batch taken, was it acknowledged?")
def get_progress(library: PreparedLibrary, consumer: ConsumerName, batch: KnownBatch) -> Progress:
    """State of a batch for one consumer: not_taken, taken or acknowledged."""
    return Progress.model_validate(read_progress(library.catalog, consumer, batch.split, batch.number))


@router.put(_PATH, summary="Say that a batch was taken, or acknowledged")
def put_progress(
    library: PreparedLibrary, consumer: ConsumerName, batch: KnownBatch, change: ProgressChange
) -> Progress:
    """Durable once answered. Repeating changes nothing but the time of the last taking."""
    progress = record_progress(library.catalog, consumer, batch.split, batch.number, change.state)
    return Progress.model_validate(progress)
