"""The data set cut into months: time in this data is only the order of ``encounter_id``, a month is a twelfth of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from readmission.contract.encounter import COLUMN_NAMES, TARGET
from readmission.dataset.parse_batch import parse_batch
from readmission.pipeline.transform_batch import mark_and_group

MONTHS = 12
HISTORY = 2
"""Months the first champion is trained on, before anything is predicted."""
SHIFTED = "number_inpatient"
"""The planted shift: from one month on the hospital's system delivers 0 here, the strongest predictor there is."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month: its rows as a CSV with labels, its eligible encounters to predict, and what became of them."""

    number: int
    csv: bytes
    encounters: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    shifted: bool

    @property
    def name(self) -> str:
        """Name of the delivery."""
        return f"month-{self.number:02d}"


def cut_months(path: Path, last: int, shift_from: int) -> list[Month]:
    """Cut a data set into twelfths.

    Args:
        path: CSV of the data set.
        last: number of the last month wanted.
        shift_from: the first month with the planted shift.

    Returns:
        Months 1 to ``last``.
    """
    raw = pl.read_csv(path, infer_schema=False).sort(pl.col("encounter_id").cast(pl.Int64))
    size = len(raw) / MONTHS
    months = []
    for number in range(1, last + 1):
        start, end = round((number - 1) * size), round(number * size)
        rows, shifted = raw.slice(start, end - start), number >= shift_from
        if shifted:
            rows = rows.with_columns(pl.lit("0").alias(SHIFTED))
        typed, _ = parse_batch(rows.with_row_index("row_number"))
        eligible = mark_and_group(typed).filter("eligible").select(COLUMN_NAMES)
        outcomes = eligible.select("encounter_id", TARGET).to_dicts()
        encounters = [
            {name: value for name, value in row.items() if value is not None}
            for row in eligible.drop(TARGET).to_dicts()
        ]
        months.append(Month(number, rows.select(COLUMN_NAMES).write_csv().encode(), encounters, outcomes, shifted))
    return months
