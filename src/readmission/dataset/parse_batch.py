"""From 50 columns of text to typed columns, naming every value that cannot be read."""

import polars as pl

from readmission.contract.encounter import COLUMNS, MISSING_MARKS, Column
from readmission.contract.parse import parse_text

PROBLEM_SCHEMA = {"row_number": pl.Int64, "field": pl.String, "reason": pl.String}


def parse_batch(raw: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read every text by the contract.

    Args:
        raw: ``row_number`` and the 50 columns, all text.

    Returns:
        The same rows typed (unreadable values are null), and one row (row_number, field, reason) for
        each value that cannot be read.
    """
    row_number = raw["row_number"].cast(pl.Int64)
    typed = [row_number]
    problems = [pl.DataFrame(schema=PROBLEM_SCHEMA)]
    for column in COLUMNS:
        texts = raw[column.name].fill_null("")  # null and empty mean the same in every column
        values, unreadable = _parse_column(column, texts)
        typed.append(values)
        if unreadable is not None:
            rows = pl.DataFrame({"row_number": row_number.filter(unreadable)})
            problems.append(
                rows.with_columns(field=pl.lit(column.name), reason=pl.lit("not a whole number")).cast(PROBLEM_SCHEMA)  # type: ignore[arg-type]
            )
    return pl.DataFrame(typed), pl.concat(problems)


def _parse_column(column: Column, texts: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    if column.is_integer:
        return _parse_integers(texts)
    distinct = texts.unique()
    values = pl.Series([parse_text(column, text) for text in distinct], dtype=pl.String)
    return texts.replace_strict(distinct, values, return_dtype=pl.String).alias(column.name), None


def _parse_integers(texts: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    """What ``parse_text`` makes of whole numbers, without looking at them one by one: identifiers are all distinct."""
    given = texts.replace(list(MISSING_MARKS), [None] * len(MISSING_MARKS))
    whole = given.str.contains(r"^-?[0-9]{1,19}$")
    values = given.set(~whole.fill_null(value=False), None).cast(pl.Int64, strict=False)  # null beyond 64 bits
    unreadable = given.is_not_null() & values.is_null()
    return values, unreadable if unreadable.any() else None
