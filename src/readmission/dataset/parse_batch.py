"""From 50 columns of text to typed columns, naming every value that cannot be read."""

import polars as pl

from readmission.contract.encounter import COLUMNS, Column
from readmission.contract.parse import parse_text

PROBLEM_SCHEMA = {"row_number": pl.Int64, "field": pl.String, "reason": pl.String}


def parse_batch(raw: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read every text by the contract; each distinct text is read once.

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
    distinct = texts.unique()
    values: list[int | str | None] = []
    unreadable: list[str] = []
    for text in distinct:
        try:
            values.append(parse_text(column, text))
        except ValueError:
            values.append(None)
            unreadable.append(text)
    dtype = pl.Int64 if column.is_integer else pl.String
    parsed = texts.replace_strict(distinct, pl.Series(values, dtype=dtype), return_dtype=dtype)
    return parsed.alias(column.name), texts.is_in(unreadable) if unreadable else None
