"""Step `list-batches`: what there is to work on, for Airflow to make one task of each."""

from typing import Any

from readmission.clients.data_service import DataServiceClient
from readmission.dataset.splits import SPLITS
from readmission.settings import Settings
from readmission.storage.pipeline.raw_encounters import list_raw_batches
from readmission.storage.postgres.connection import connect


def list_served_batches(settings: Settings) -> dict[str, Any]:
    """The batches the data service offers, by split and number.

    Raises:
        UnavailableError: the data service does not answer.
    """
    with DataServiceClient(settings.data_service.url, settings.data_service.api_key, settings.trust) as client:
        dataset = client.read_dataset()
        batches = [{"split": split, "number": b.number} for split in SPLITS for b in client.list_batches(split)]
    return {"dataset_kind": dataset.kind, "dataset_sha256": dataset.sha256, "batches": batches}


def list_stored_batches(settings: Settings) -> dict[str, Any]:
    """The batches stored in raw.encounters, by split and number."""
    with connect(settings.database.url) as connection:
        return {"batches": [{"split": b.split, "number": b.number} for b in list_raw_batches(connection)]}
