"""Step `transform-batch`: one raw batch parsed, typed and checked; good rows to clean, the others to quarantine."""

import io
from typing import Any

import polars as pl

from readmission.contract.codes import DEATH_DISPOSITIONS, HOSPICE_DISPOSITIONS
from readmission.contract.encounter import DIAGNOSES
from readmission.dataset.check_encounters import check_encounters
from readmission.dataset.parse_batch import parse_batch
from readmission.dataset.profile_batch import profile_encounters
from readmission.errors import NotFoundError
from readmission.features.diagnosis_groups import group_diagnosis
from readmission.settings import Settings
from readmission.storage.pipeline.clean_encounters import (
    TransformedBatch,
    find_stored_elsewhere,
    find_transformed_batch,
    lock_clean_tables,
    store_transformed_batch,
)
from readmission.storage.pipeline.raw_encounters import (
    DUPLICATE,
    RawBatch,
    copy_out_batch,
    find_raw_batch,
    read_dataset,
)
from readmission.storage.postgres.connection import Connection, connect


def transform_batch(settings: Settings, split: str, number: int, *, again: bool = False) -> dict[str, Any]:
    """Transform a stored batch; one that was transformed is left as it is unless ``again``.

    Returns:
        The batch, its rows raw, clean, in quarantine and not eligible, and whether work was done.

    Raises:
        NotFoundError: the batch is not stored.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(settings.database.url) as connection:
        batch = find_raw_batch(connection, read_dataset(connection).sha256, split, number)
        if batch is None:
            raise NotFoundError(f"batch {split}/{number} is not stored: run `readmission ingest-batch` for it first")
        known = None if again else find_transformed_batch(connection, batch)
        work = known is None or known.raw_sha256 != batch.sha256
        done = _transform(connection, batch) if known is None or work else known
    return {
        "split": split,
        "number": number,
        "rows_raw": done.rows_raw,
        "rows_clean": done.rows_clean,
        "rows_quarantined": done.rows_quarantined,
        "rows_not_eligible": done.rows_not_eligible,
        "transformed": work,
    }


def _transform(connection: Connection, batch: RawBatch) -> TransformedBatch:
    raw = pl.read_csv(io.BytesIO(copy_out_batch(connection, batch)), infer_schema=False)
    typed, unreadable = parse_batch(raw)
    broken = unreadable_first(unreadable, check_encounters(typed))
    # From here to the commit, one batch at a time decides which encounters are new.
    lock_clean_tables(connection)
    stored_ids = find_stored_elsewhere(connection, batch, typed["encounter_id"].drop_nulls())
    broken = pl.concat([broken, _name_duplicates(typed, broken, stored_ids)])
    clean = mark_and_group(typed.join(broken, on="row_number", how="anti"))
    return store_transformed_batch(connection, batch, clean, describe_broken(broken, raw), profile_encounters(clean))


def unreadable_first(unreadable: pl.DataFrame, broken: pl.DataFrame) -> pl.DataFrame:
    """One reason a value: an unreadable one became null and would be called missing as well."""
    return pl.concat([unreadable, broken]).unique(["row_number", "field"], keep="first", maintain_order=True)


def mark_and_group(typed: pl.DataFrame) -> pl.DataFrame:
    """Add ``eligible`` and ``exclusion`` (death, hospice), and the group of each diagnosis."""
    disposition = pl.col("discharge_disposition_id")
    exclusion = (
        pl.when(disposition.is_in(list(DEATH_DISPOSITIONS)))
        .then(pl.lit("death"))
        .when(disposition.is_in(list(HOSPICE_DISPOSITIONS)))
        .then(pl.lit("hospice"))
    )
    groups = [_group_column(typed[name]) for name in DIAGNOSES]
    return typed.with_columns(*groups, exclusion=exclusion).with_columns(eligible=pl.col("exclusion").is_null())


def describe_broken(broken: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    """Rows of the quarantine: what is broken, with the encounter id and the value as served."""
    texts = raw.with_columns(pl.col("row_number").cast(pl.Int64))
    fields = broken["field"].unique().to_list()
    values = texts.select("row_number", *fields).unpivot(index="row_number", variable_name="field")
    ids = texts.select("row_number", pl.col("encounter_id"))
    return broken.join(values, on=["row_number", "field"], how="left").join(ids, on="row_number", how="left")


def _name_duplicates(typed: pl.DataFrame, broken: pl.DataFrame, stored_ids: list[int]) -> pl.DataFrame:
    repeated = typed.filter(pl.col("encounter_id").is_in(stored_ids)).select(
        "row_number", field=pl.lit("encounter_id"), reason=pl.lit(DUPLICATE)
    )
    return repeated.join(broken, on=["row_number", "field"], how="anti")


def _group_column(codes: pl.Series) -> pl.Series:
    distinct = codes.drop_nulls().unique()
    groups = pl.Series([group_diagnosis(code) for code in distinct], dtype=pl.String)
    return codes.replace_strict(distinct, groups, default=None, return_dtype=pl.String).alias(f"{codes.name}_group")
