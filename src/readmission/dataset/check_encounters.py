"""Checks of typed encounters, column by column, made from the contract's table of columns."""

import polars as pl

from readmission.contract.encounter import COLUMNS, OPEN_CODE_MAX_LENGTH, Column
from readmission.dataset.parse_batch import PROBLEM_SCHEMA


def check_encounters(typed: pl.DataFrame) -> pl.DataFrame:
    """Check every value and name each that breaks the contract.

    Args:
        typed: ``row_number`` and the 50 columns, typed.

    Returns:
        One row (row_number, field, reason) for each broken value; none if all is well.
    """
    problems = [pl.DataFrame(schema=PROBLEM_SCHEMA)]
    broken = typed.select(~_is_allowed(column).fill_null(column.missing_allowed) for column in COLUMNS)
    for column in COLUMNS:
        if broken[column.name].any():
            rows = typed.filter(broken[column.name])
            reason = pl.lit(f"not allowed: expected {column.allowed_in_words}")
            reason = pl.when(pl.col(column.name).is_null()).then(pl.lit("missing")).otherwise(reason)
            problems.append(rows.select("row_number", field=pl.lit(column.name), reason=reason))
    return pl.concat([*problems, _repeated_ids(typed)])


def _is_allowed(column: Column) -> pl.Expr:
    """Whether each value is allowed; null for a missing one."""
    values = pl.col(column.name)
    if column.kind in ("identifier", "count"):
        return values.is_between(column.minimum, column.maximum)
    if column.kind == "open_code":
        return values.str.contains(column.pattern) & values.str.len_chars().is_between(1, OPEN_CODE_MAX_LENGTH)
    return values.is_in(list(column.labels) if column.kind == "coded" else list(column.allowed))


def _repeated_ids(typed: pl.DataFrame) -> pl.DataFrame:
    repeated = typed.filter(pl.col("encounter_id").is_not_null() & ~pl.col("encounter_id").is_first_distinct())
    return repeated.select(
        "row_number", field=pl.lit("encounter_id"), reason=pl.lit("duplicate: repeats an earlier row of the batch")
    )
