"""Step `profile-columns`: on the train split alone, decide which columns are worth a model's while, and why."""

from typing import Any

import numpy as np
import polars as pl

from readmission.contract.encounter import INPUT_COLUMNS, TARGET
from readmission.contract.target import CLASS_INDEX
from readmission.errors import NotFoundError
from readmission.features.column_choice import ColumnChoice
from readmission.features.column_signal import Codes, Signal, measure_signal
from readmission.settings import Settings
from readmission.storage.pipeline.clean_encounters import read_split
from readmission.storage.pipeline.column_choices import replace_column_choices
from readmission.storage.pipeline.raw_encounters import read_dataset
from readmission.storage.postgres.connection import connect

MOST_MISSING = 0.9
"""A column missing in more rows than this says too little about anyone."""
MOST_COMMON = 0.9995
"""A column with the same value in more rows than this is constant for all practical purposes."""
LARGEST_P_VALUE = 0.05
"""A column whose signal chance reaches more often than this carries none."""


def profile_columns(settings: Settings) -> dict[str, Any]:
    """Judge every input column on the eligible train encounters and record the choice in clean.columns.

    Returns:
        Rows looked at, and the names of the columns dropped.

    Raises:
        NotFoundError: there are no clean train encounters.
        UnavailableError: PostgreSQL does not answer.
    """
    with connect(settings.database.url) as connection:
        dataset = read_dataset(connection)
        train = read_split(connection, "train")
        choices = choose_columns(train, settings.seed)
        replace_column_choices(connection, dataset.sha256, choices)
    dropped = sorted(choice.column_name for choice in choices if not choice.kept)
    return {"rows": len(train), "columns": len(choices), "dropped": dropped}


def choose_columns(train: pl.DataFrame, seed: int) -> list[ColumnChoice]:
    """Judge every input column of typed, eligible train encounters.

    Raises:
        NotFoundError: there are none.
    """
    if train.is_empty():
        raise NotFoundError("there are no clean train encounters: run `readmission transform-batch` first")
    outcomes = train[TARGET].replace_strict(CLASS_INDEX, return_dtype=pl.Int64).to_numpy()
    return [_judge(train[column.name], outcomes, seed) for column in INPUT_COLUMNS]


def as_codes(values: pl.Series) -> Codes:
    """Every distinct value, missing included, as a whole number from 0."""
    return values.rank("dense").fill_null(0).to_numpy().astype(np.int64)


def _judge(values: pl.Series, outcomes: Codes, seed: int) -> ColumnChoice:
    missing = values.null_count() / len(values)
    most_common = int(values.value_counts()["count"].max()) / len(values)  # type: ignore[arg-type]
    signal = measure_signal(as_codes(values), outcomes, seed)
    statistics = {
        "missing": round(missing, 6),
        "distinct": values.n_unique(),
        "most_common": round(most_common, 6),
        "signal_bits": round(signal.bits, 8),
        "signal_beyond_chance_bits": round(signal.excess_bits, 8),
        "chance_max_bits": round(signal.chance_max, 8),
        "p_value": round(signal.p_value, 4),
    }
    reason = _reason_to_drop(missing, most_common, signal)
    kept = reason is None
    return ColumnChoice(values.name, kept, reason or f"signal beyond chance (p = {signal.p_value:.2f})", statistics)


def _reason_to_drop(missing: float, most_common: float, signal: Signal) -> str | None:
    if missing > MOST_MISSING:
        return f"missing in {missing:.1%} of rows (more than {MOST_MISSING:.0%})"
    if most_common > MOST_COMMON:
        return f"near-constant: {most_common:.3%} of rows have the same value (more than {MOST_COMMON:.2%})"
    if signal.p_value > LARGEST_P_VALUE:
        return f"no signal: chance does as well (p = {signal.p_value:.2f}, more than {LARGEST_P_VALUE})"
    return None
