"""Frame checks of typed encounters, generated from the contract's table of columns."""

from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from readmission.contract.encounter import COLUMNS, OPEN_CODE_MAX_LENGTH, Column
from readmission.dataset.parse_batch import PROBLEM_SCHEMA


def check_encounters(typed: pl.DataFrame) -> pl.DataFrame:
    """Check every value and name each that breaks the contract.

    Args:
        typed: ``row_number`` and the 50 columns, typed.

    Returns:
        One row (row_number, field, reason) for each broken value; none if all is well.
    """
    try:
        _SCHEMA.validate(typed, lazy=True)
        cases = pl.DataFrame(schema=PROBLEM_SCHEMA)
    except SchemaErrors as failed:
        cases = _name_rows(failed.failure_cases, typed)
    return pl.concat([cases, _repeated_ids(typed)])


def _checks(column: Column) -> list[Any]:
    if column.kind in ("identifier", "count"):
        return [pa.Check.in_range(column.minimum, column.maximum)]
    if column.kind == "open_code":
        return [
            pa.Check.str_matches(column.pattern)
            if column.is_diagnosis
            else pa.Check.str_length(1, OPEN_CODE_MAX_LENGTH)
        ]
    allowed = list(column.labels) if column.kind == "coded" else list(column.allowed)
    return [pa.Check.isin(allowed)]


_SCHEMA = pa.DataFrameSchema(
    {
        column.name: pa.Column(
            pl.Int64 if column.is_integer else pl.String, _checks(column), nullable=column.missing_allowed
        )
        for column in COLUMNS
    }
)


def _name_rows(cases: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    located = cases.filter(pl.col("index").is_not_null())
    if len(located) < len(cases):  # a whole column is missing or of another type: our own mistake, never the data's
        raise TypeError(f"encounters do not have the contract's columns: {cases['check'].to_list()[:3]}")
    allowed = {column.name: f"not allowed: expected {column.allowed_in_words}" for column in COLUMNS}
    not_allowed = pl.col("column").replace_strict(allowed, return_dtype=pl.String)
    reason = pl.when(pl.col("check") == "not_nullable").then(pl.lit("missing")).otherwise(not_allowed)
    return located.select(
        row_number=typed["row_number"].gather(located["index"].cast(pl.UInt32)), field="column", reason=reason
    )


def _repeated_ids(typed: pl.DataFrame) -> pl.DataFrame:
    repeated = typed.filter(pl.col("encounter_id").is_not_null() & ~pl.col("encounter_id").is_first_distinct())
    return repeated.select(
        "row_number", field=pl.lit("encounter_id"), reason=pl.lit("duplicate: repeats an earlier row of the batch")
    )
