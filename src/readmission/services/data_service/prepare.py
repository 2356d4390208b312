"""Cut the data set into batch files once; a later start finds them and only checks them."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from readmission.dataset import ResolvedDataset, Split
from readmission.dataset.cut_batches import CsvIndex
from readmission.dataset.splits import SPLITS
from readmission.errors import DatasetError
from readmission.services.data_service.batch_files import BatchFiles
from readmission.services.data_service.catalog import BatchRecord, Catalog, DatasetRecord, add_batches

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that is served: the catalogue, the files, and the folder arrivals land in first."""

    catalog: Catalog
    files: BatchFiles
    incoming: Path
    dataset: DatasetRecord


def prepare_library(folder: Path, resolved: ResolvedDataset, salt: str, batch_size: int) -> Library:
    """Bring the data set into batches under ``folder``, or find that this was done before.

    The place depends on the data set's hash, the salt and the batch size. A crash at any moment is
    made good by calling this again.

    Raises:
        DatasetError: a batch that came by an arrival is damaged, and cannot be made again.
    """
    salt_key = hashlib.sha256(salt.encode()).hexdigest()[:8]
    home = folder / f"{resolved.sha256[:16]}-{batch_size}-{salt_key}"
    incoming = home / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    for leftover in incoming.iterdir():
        leftover.unlink()
    catalog, files = Catalog(home / "catalog.sqlite"), BatchFiles(home / "batches")
    record = DatasetRecord(resolved.kind, resolved.sha256, salt, batch_size, resolved.note)
    if catalog.dataset() is None:
        _store_dataset(catalog, files, resolved, record)
    else:
        _restore_damaged(catalog, files, resolved, record)
    return Library(catalog, files, incoming, record)


def encounter_rows(index: CsvIndex, rows_of: dict[Split, NDArray[np.int64]]) -> Iterator[tuple[int, int, str]]:
    """Identifier, patient and split of every encounter."""
    for split, rows in rows_of.items():
        pairs = zip(index.encounter_ids[rows].tolist(), index.patient_nbrs[rows].tolist(), strict=True)
        yield from ((encounter_id, patient_nbr, split) for encounter_id, patient_nbr in pairs)


def _store_dataset(catalog: Catalog, files: BatchFiles, resolved: ResolvedDataset, record: DatasetRecord) -> None:
    index = CsvIndex.build(resolved.csv_path)
    rows_of = index.split_rows(record.salt)
    batches = _write_batches(files, index, rows_of, record.batch_size)
    with catalog.transaction() as connection:
        add_batches(connection, batches, encounter_rows(index, rows_of))
        connection.execute(
            "INSERT INTO dataset VALUES (1, ?, ?, ?, ?, ?)",
            (record.kind, record.sha256, record.salt, record.batch_size, record.note),
        )
    _logger.info("prepared", extra={"rows": len(index.starts), "batches": len(batches), "dataset_kind": record.kind})


def _restore_damaged(catalog: Catalog, files: BatchFiles, resolved: ResolvedDataset, record: DatasetRecord) -> None:
    """Make damaged batch files of the data set again, and note where the data set came from this time."""
    damaged = [batch for batch in catalog.batches() if not files.is_whole(batch.sha256)]
    for batch in damaged:
        if batch.arrival is not None:
            raise DatasetError(
                f"{batch.split} batch {batch.number}, which came by arrival {batch.arrival}, is damaged or missing: "
                f"put {batch.sha256}.csv back from a backup"
            )
    if damaged:
        index = CsvIndex.build(resolved.csv_path)
        _write_batches(files, index, index.split_rows(record.salt), record.batch_size)
    with catalog.transaction() as connection:
        connection.execute("UPDATE dataset SET kind = ?, note = ?", (record.kind, record.note))


def _write_batches(
    files: BatchFiles, index: CsvIndex, rows_of: dict[Split, NDArray[np.int64]], batch_size: int
) -> list[BatchRecord]:
    cut = index.cut_batches(rows_of, batch_size, dict.fromkeys(SPLITS, 0))
    return [BatchRecord(batch.split, batch.number, batch.rows, files.write(batch.csv_bytes)) for batch in cut]
