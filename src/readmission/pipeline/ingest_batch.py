"""Step `ingest-batch`: one batch from the data service into raw.encounters, whole or not at all."""

from typing import Any

from readmission.clients.data_service import DataServiceClient
from readmission.contract.origin import StoredDataset
from readmission.settings import Settings
from readmission.storage.pipeline.raw_encounters import (
    RawBatch,
    find_raw_batch,
    require_same_batch,
    require_same_dataset,
    store_batch,
)
from readmission.storage.postgres.connection import connect


def ingest_batch(settings: Settings, split: str, number: int) -> dict[str, Any]:
    """Stream a batch into the database, checking its hash on the way; a stored batch is left as it is.

    Returns:
        The batch, its rows, the rows newly stored and those refused as duplicates.

    Raises:
        NotFoundError: there is no such batch.
        ConflictError: the database holds another data set, or another content of this batch.
        InvalidInputError: what arrived is damaged.
        UnavailableError: the data service or PostgreSQL does not answer.
    """
    with DataServiceClient(settings.data_service.url, settings.data_service.api_key, settings.trust) as client:
        return _ingest(client, settings, split, number)


def _ingest(client: DataServiceClient, settings: Settings, split: str, number: int) -> dict[str, Any]:
    served_dataset = client.read_dataset()
    served = client.find_batch(split, number)
    dataset = StoredDataset(served_dataset.kind, served_dataset.sha256)
    batch = RawBatch(dataset.sha256, split, number, served.sha256, served.rows)
    summary = {"split": split, "number": number, "rows": batch.rows, "stored": 0, "duplicates": 0}
    with connect(settings.database.url) as connection:
        require_same_dataset(connection, dataset)
        known = find_raw_batch(connection, dataset.sha256, split, number)
        if known is not None:
            require_same_batch(known, batch)
        else:
            client.record_progress(served, "taken")
            stored = store_batch(connection, dataset, batch, lambda: client.stream_csv(served))
            if stored is not None:
                summary |= {"stored": stored, "duplicates": batch.rows - stored}
    # After the commit: what is acknowledged is stored. A failure here is mended by running the step again.
    client.record_progress(served, "acknowledged")
    return summary
