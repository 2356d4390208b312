"""A split is read in parts: the rows, and the hash that names them, do not depend on how it is cut."""

import hashlib

import polars as pl
import psycopg
import pytest

from readmission.contract.encounter import COLUMN_NAMES, INPUT_COLUMNS
from readmission.learning.split_data import label_encounters
from readmission.storage.pipeline.clean_encounters import SplitRows, read_split
from tests.clean_tables import fill_clean_tables, frame_of_made_up_encounters
from tests.conftest import RunningPostgres

ODD = ["a,b", 'say "x"', " lead", "trail ", "\\.", "é", "None", "NULL", "?", "'", "tab\tin", "two\nlines", "x" * 64]


@pytest.fixture
def stored(empty_database: RunningPostgres) -> psycopg.Connection:
    """1,500 encounters, some with codes that CSV must quote."""
    frame = frame_of_made_up_encounters(1500)
    odd = [ODD[row % len(ODD)] if row % 3 else None for row in range(len(frame))]
    frame = frame.with_columns(payer_code=pl.Series(odd, dtype=pl.String))
    fill_clean_tables(empty_database.url("readmission_migrator").get_secret_value(), frame, "synthetic")
    return psycopg.connect(empty_database.url("readmission_pipeline").get_secret_value())


def test_the_hash_is_that_of_the_whole_split_as_csv(stored: psycopg.Connection) -> None:
    with stored:
        whole = read_split(stored, "train").select(COLUMN_NAMES)
        # The value that model versions trained before parts were read are stored with.
        expected = hashlib.sha256(whole.sort("encounter_id").write_csv().encode()).hexdigest()
        for part_bytes in (1, 20_000, 1 << 30):
            rows = SplitRows(stored, "train", part_bytes=part_bytes)
            parts = list(rows)
            assert pl.concat(parts).equals(whole)
            assert rows.sha256 == expected
            assert (len(parts) == len(whole)) == (part_bytes == 1)
        assert set(whole["payer_code"].drop_nulls()) == set(ODD)
        data = label_encounters(SplitRows(stored, "train", part_bytes=30_000), "train")
        names = ["encounter_id", "patient_nbr", *(column.name for column in INPUT_COLUMNS)]
        assert list(data.encounters) == whole.select(names).to_dicts()
        assert data.labels.tolist() == label_encounters(whole, "train").labels.tolist()

        # A split without rows has no parts.
        rows = SplitRows(stored, "no such split")
        assert list(rows) == []
        assert rows.sha256 == hashlib.sha256((",".join(COLUMN_NAMES) + "\n").encode()).hexdigest()
        assert read_split(stored, "no such split").is_empty()
