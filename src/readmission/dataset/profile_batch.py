"""A batch in numbers: what the monitor later compares new encounters with.

Counts are kept value by value wherever a column has few values, so profiles of batches can be added up
and compared under any binning.
"""

from typing import Any

import polars as pl

from readmission.contract.encounter import COUNTS, INPUT_COLUMNS, TARGET

MOST_VALUES = 200
"""Values counted one by one; the rarer ones of a longer list are counted together as ``other``."""
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def profile_encounters(clean: pl.DataFrame) -> dict[str, Any]:
    """Describe eligible encounters, column by column.

    Args:
        clean: typed encounters with the columns ``eligible`` and ``diag_1_group`` to ``diag_3_group``.

    Returns:
        ``rows``, ``rows_eligible`` and ``columns``: for each input column, diagnosis group and the target
        ``missing`` (share), ``counts`` (value to rows), ``other`` (rows of rarer values), and for counts
        mean, standard deviation and quantiles.
    """
    eligible = clean.filter("eligible")
    names = [column.name for column in INPUT_COLUMNS] + [f"diag_{i}_group" for i in (1, 2, 3)] + [TARGET]
    return {
        "rows": len(clean),
        "rows_eligible": len(eligible),
        "columns": {name: _profile_column(eligible[name], name in COUNTS) for name in names},
    }


def _profile_column(values: pl.Series, numeric: bool) -> dict[str, Any]:
    rows = max(len(values), 1)
    counted = values.drop_nulls().value_counts(sort=True)
    most = counted.head(MOST_VALUES)
    profile: dict[str, Any] = {
        "missing": round(values.null_count() / rows, 6),
        "counts": {str(value): int(count) for value, count in most.iter_rows()},
        "other": sum(counted["count"].to_list()) - sum(most["count"].to_list()),
    }
    if numeric and len(values) > values.null_count():
        profile |= {
            "mean": values.mean(),
            "standard_deviation": values.std() or 0.0,
            "quantiles": {str(q): values.quantile(q, "nearest") for q in _QUANTILES},
        }
    return profile
