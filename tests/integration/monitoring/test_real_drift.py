"""On the real data: silent on a batch of its own split, loud on a planted shift and on the data set's later part."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from readmission.learning.drift.columns import find_drift
from readmission.learning.training_profile import TrainingProfile, describe_columns
from tests.clean_tables import read_real_frame

BATCHES, ROWS = 40, 1500


@pytest.fixture(scope="module")
def real(real_dataset: Path) -> pl.DataFrame:
    return read_real_frame(real_dataset)


@pytest.fixture(scope="module")
def profile(real: pl.DataFrame) -> TrainingProfile:
    return TrainingProfile(describe_columns(real.filter(pl.col("split") == "train").to_dicts()), {})


def batches(real: pl.DataFrame, split: str) -> list[list[dict[str, Any]]]:
    """Batches drawn at random from a split."""
    rows = real.filter(pl.col("split") == split).to_dicts()
    random = np.random.default_rng(296)
    return [[rows[row] for row in random.choice(len(rows), ROWS, replace=False)] for _ in range(BATCHES)]


@pytest.mark.parametrize("split", ["train", "test"])
def test_batches_of_its_own_split_are_silent(real: pl.DataFrame, profile: TrainingProfile, split: str) -> None:
    alarms = sum(any(each.drifted for each in find_drift(profile, batch)) for batch in batches(real, split))
    assert alarms <= BATCHES // 20, f"{alarms} of {BATCHES} batches raised a false alarm"


def test_a_planted_shift_in_one_column_is_found(real: pl.DataFrame, profile: TrainingProfile) -> None:
    for batch in batches(real, "test")[:5]:
        shifted = [{**row, "num_medications": row["num_medications"] + 5} for row in batch]
        assert {each.column for each in find_drift(profile, shifted) if each.drifted} == {"num_medications"}


def test_the_later_part_of_the_data_is_found(real: pl.DataFrame) -> None:
    earlier, later = real.head(len(real) // 2), real.tail(len(real) // 12)
    profile = TrainingProfile(describe_columns(earlier.to_dicts()), {})
    found = {each.column for each in find_drift(profile, later.to_dicts()) if each.drifted}
    assert {"payer_code", "discharge_disposition_id"} <= found
