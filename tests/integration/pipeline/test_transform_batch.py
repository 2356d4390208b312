"""Transform on a real PostgreSQL: every row is clean or in quarantine with field and reason, and once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from readmission.errors import NotFoundError
from readmission.pipeline.ingest_batch import ingest_batch
from readmission.pipeline.transform_batch import transform_batch
from readmission.settings import Settings
from readmission.storage.pipeline.clean_encounters import read_split
from readmission.storage.postgres.connection import connect
from tests.integration.pipeline.tiny_data_service import TinyDataService, serve
from tests.made_up_encounters import Row, make_rows, to_csv

MakeSettings = Callable[[str], Settings]
Query = Callable[..., list[tuple[object, ...]]]


def ingest(make_settings: MakeSettings, *batches: list[Row]) -> Settings:
    with serve(TinyDataService({"train": [to_csv(rows) for rows in batches]})) as service:
        settings = make_settings(service.url)
        for number in range(len(batches)):
            ingest_batch(settings, "train", number)
    return settings


def test_good_rows_are_typed(make_settings: MakeSettings, query: Query) -> None:
    rows = make_rows(6)
    rows[0] |= {"race": "?", "diag_1": "250.83", "diag_2": "?", "diag_3": "V15", "time_in_hospital": "3"}
    rows[0] |= {"A1Cresult": "None", "discharge_disposition_id": "1"}
    rows[1]["discharge_disposition_id"] = "11"
    rows[2]["discharge_disposition_id"] = "13"
    for row in rows[3:]:
        row["discharge_disposition_id"] = "1"
    settings = ingest(make_settings, rows)
    summary = transform_batch(settings, "train", 0)
    assert summary == {
        "split": "train", "number": 0, "rows_raw": 6, "rows_clean": 6, "rows_quarantined": 0, "rows_not_eligible": 2,
        "transformed": True,
    }  # fmt: skip
    first = query('SELECT race, diag_1, diag_2, diag_1_group, diag_2_group, diag_3_group, time_in_hospital, "A1Cresult"'
                  " FROM clean.encounters WHERE encounter_id = 1000")  # fmt: skip
    assert first == [(None, "250.83", None, "Diabetes", None, "Other", 3, "None")]
    marked = query("SELECT eligible, exclusion FROM clean.encounters ORDER BY encounter_id LIMIT 3")
    assert marked == [(True, None), (False, "death"), (False, "hospice")]
    with connect(settings.database.url) as connection:
        train = read_split(connection, "train")
        everyone = read_split(connection, "train", eligible_only=False)
    assert len(train) == 4
    assert len(everyone) == 6
    assert train.schema["time_in_hospital"] == pl.Int64
    assert train.schema["race"] == pl.String
    assert train["eligible"].all()


BROKEN = [
    ("time_in_hospital", "three", "not a whole number"),
    ("time_in_hospital", "0", "not allowed: expected a whole number from 1 to 14"),
    ("time_in_hospital", "?", "missing"),
    ("age", "[100-110)", "not allowed: expected one of [0-10)"),
    ("age", "?", "missing"),
    ("race", "Martian", "not allowed: expected one of AfricanAmerican"),
    ("admission_type_id", "99", "not allowed: expected one of 1, 2"),
    ("A1Cresult", "?", "not allowed: expected one of None, Norm"),
    ("payer_code", "2" * 65, "not allowed: expected text of at most 64"),
    ("diag_1", "CHF", "not allowed: expected an ICD-9-CM code, such as 428"),
    ("diag_2", "I50.9", "not allowed: expected an ICD-9-CM code"),
    ("readmitted", "MAYBE", "not allowed: expected one of NO"),
    ("insulin", "", "missing"),
    ("patient_nbr", "-4", "not allowed: expected a whole number from 1"),
    ("encounter_id", "?", "missing"),
]


def test_every_kind_of_broken_row_is_named(make_settings: MakeSettings, query: Query) -> None:
    rows = make_rows(len(BROKEN) + 1)
    for row, (field, value, _) in zip(rows, BROKEN, strict=False):
        row[field] = value
    settings = ingest(make_settings, rows)
    summary = transform_batch(settings, "train", 0)
    assert (summary["rows_clean"], summary["rows_quarantined"]) == (1, len(BROKEN))
    refused = query("SELECT row_number, encounter_id, field, value, reason FROM clean.quarantine ORDER BY row_number")
    expected = [(i + 1, rows[i]["encounter_id"], field, value) for i, (field, value, _) in enumerate(BROKEN)]
    assert [row[:4] for row in refused] == expected
    for found, (_, _, reason) in zip(refused, BROKEN, strict=True):
        assert str(found[4]).startswith(reason)
    assert query("SELECT encounter_id FROM clean.encounters") == [(1000 + len(BROKEN),)]


def test_every_broken_field_of_a_row_is_named(make_settings: MakeSettings, query: Query) -> None:
    rows = make_rows(3)
    rows[1] |= {"age": "old", "gender": "?", "num_medications": "many"}
    settings = ingest(make_settings, rows)
    assert transform_batch(settings, "train", 0)["rows_quarantined"] == 1
    assert query("SELECT field FROM clean.quarantine ORDER BY field") == [("age",), ("gender",), ("num_medications",)]


def test_batch_without_a_good_row(make_settings: MakeSettings, query: Query) -> None:
    rows = make_rows(3)
    for row in rows:
        row["age"] = "?"
    settings = ingest(make_settings, rows)
    assert transform_batch(settings, "train", 0)["rows_clean"] == 0
    assert query("SELECT rows_raw, rows_quarantined FROM clean.batches") == [(3, 3)]


def test_same_id_written_differently_is_a_duplicate(make_settings: MakeSettings, query: Query) -> None:
    first, second = make_rows(3), make_rows(3, 2, 2000)
    first[2]["encounter_id"] = "01000"  # within the batch
    second[0]["encounter_id"] = "001001"  # across batches
    settings = ingest(make_settings, first, second)
    assert transform_batch(settings, "train", 0)["rows_quarantined"] == 1
    assert transform_batch(settings, "train", 1)["rows_quarantined"] == 1
    refused = query("SELECT batch_number, row_number, value, reason FROM clean.quarantine ORDER BY batch_number")
    assert [row[:3] for row in refused] == [(0, 3, "01000"), (1, 1, "001001")]
    assert all(str(row[3]).startswith("duplicate") for row in refused)


def test_second_time_changes_nothing_and_again_gives_the_same(make_settings: MakeSettings, query: Query) -> None:
    first, second = make_rows(20), [*make_rows(3, 2, 2000), *make_rows(1)]
    first[4]["age"] = "?"
    settings = ingest(make_settings, first, second)
    for number in (0, 1):
        transform_batch(settings, "train", number)
    everything = (
        "SELECT count(*), count(DISTINCT encounter_id), sum(time_in_hospital) FROM clean.encounters",
        "SELECT batch_number, row_number, field, reason, value FROM clean.quarantine ORDER BY 1, 2, 3",
        "SELECT batch_number, rows_raw, rows_clean, rows_quarantined FROM clean.batches ORDER BY 1",
        "SELECT batch_number, profile FROM monitoring.batch_profiles ORDER BY 1",
    )
    before = [query(statement) for statement in everything]
    assert before[2] == [(0, 20, 19, 1), (1, 4, 3, 1)]
    for again in (False, True):
        for number in (0, 1):
            assert transform_batch(settings, "train", number, again=again)["transformed"] is again
        assert [query(statement) for statement in everything] == before


def test_same_batch_transformed_by_two_at_once_is_stored_once(make_settings: MakeSettings, query: Query) -> None:
    settings = ingest(make_settings, make_rows(200), make_rows(200, 2, 5000))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: transform_batch(settings, "train", number), (0, 1, 0, 1)))
    assert query("SELECT count(*) FROM clean.encounters") == [(400,)]
    assert query("SELECT count(*) FROM clean.batches") == [(2,)]


def test_profile_counts_eligible_rows(make_settings: MakeSettings, query: Query) -> None:
    rows = make_rows(300)
    settings = ingest(make_settings, rows)
    summary = transform_batch(settings, "train", 0)
    [(profile,)] = query("SELECT profile FROM monitoring.batch_profiles")
    assert isinstance(profile, dict)
    assert profile["rows"] == 300
    assert profile["rows_eligible"] == 300 - summary["rows_not_eligible"]
    for column in profile["columns"].values():
        counted = sum(column["counts"].values()) + column["other"]
        assert counted == round(profile["rows_eligible"] * (1 - column["missing"]))
    assert profile["columns"]["time_in_hospital"]["quantiles"]["0.5"] in range(1, 15)
    assert "encounter_id" not in profile["columns"]


def test_batch_that_is_not_stored(make_settings: MakeSettings) -> None:
    settings = ingest(make_settings, make_rows(3))
    with pytest.raises(NotFoundError, match="train/1 is not stored"):
        transform_batch(settings, "train", 1)


def test_nothing_ingested_yet(make_settings: MakeSettings) -> None:
    with pytest.raises(NotFoundError, match="holds no data set yet"):
        transform_batch(make_settings("http://127.0.0.1:1"), "train", 0)
