"""Step `check-ingest`: every batch on offer is in the ledger, whole."""

from typing import Any

from readmission.clients.data_service import DataServiceClient
from readmission.dataset.splits import SPLITS
from readmission.errors import ConflictError, FieldProblem
from readmission.settings import Settings
from readmission.storage.pipeline.raw_encounters import count_raw_rows, find_raw_batch
from readmission.storage.postgres.connection import connect


def check_ingest(settings: Settings) -> dict[str, Any]:
    """Compare what the data service offers with what is stored.

    Returns:
        Batches and rows of the ledger, and rows stored (less by the duplicates in quarantine).

    Raises:
        ConflictError: a batch is missing or has another hash; each is named.
        UnavailableError: the data service or PostgreSQL does not answer.
    """
    with DataServiceClient(settings.data_service.url, settings.data_service.api_key, settings.trust) as client:
        dataset = client.read_dataset()
        served = [batch for split in SPLITS for batch in client.list_batches(split)]
    problems = []
    with connect(settings.database.url) as connection:
        for batch in served:
            stored = find_raw_batch(connection, dataset.sha256, batch.split, batch.number)
            if stored is None:
                problems.append(FieldProblem(batch.name, "not stored"))
            elif stored.sha256 != batch.sha256:
                problems.append(FieldProblem(batch.name, "stored with another hash", batch.sha256))
        rows = count_raw_rows(connection, dataset.sha256)
    if problems:
        raise ConflictError(f"{len(problems)} of {len(served)} batches are not stored as served", tuple(problems))
    return {"batches": len(served), "rows_served": sum(batch.rows for batch in served), "rows_stored": rows}
