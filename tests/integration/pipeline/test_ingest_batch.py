"""Ingest against a real PostgreSQL and a real HTTP server: whole or not at all, once, and only what was announced."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from readmission.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from readmission.pipeline.check_ingest import check_ingest
from readmission.pipeline.ingest_batch import ingest_batch
from readmission.pipeline.list_batches import list_served_batches, list_stored_batches
from readmission.settings import Settings
from tests.conftest import RunningPostgres, free_port
from tests.integration.pipeline.tiny_data_service import TinyDataService, serve
from tests.made_up_encounters import make_rows, to_csv

MakeSettings = Callable[[str], Settings]
Query = Callable[..., list[tuple[object, ...]]]


def two_batches() -> dict[str, list[bytes]]:
    return {
        "train": [to_csv(make_rows(30, 1)), to_csv(make_rows(12, 2, 2000))],
        "validation": [to_csv(make_rows(9, 3, 3000))],
        "test": [to_csv(make_rows(7, 4, 4000))],
    }


def nothing_stored(query: Query) -> bool:
    return all(
        query(f"SELECT count(*) FROM {table}") == [(0,)] for table in ("raw.encounters", "raw.batches", "raw.dataset")
    )


def test_all_batches_are_stored_once(make_settings: MakeSettings, query: Query) -> None:
    with serve(TinyDataService(two_batches())) as service:
        settings = make_settings(service.url)
        listed = list_served_batches(settings)["batches"]
        assert len(listed) == 4
        for _ in range(2):
            for batch in listed:
                ingest_batch(settings, batch["split"], batch["number"])
        assert check_ingest(settings) == {"batches": 4, "rows_served": 58, "rows_stored": 58}
        assert sorted(list_stored_batches(settings)["batches"], key=str) == sorted(listed, key=str)
    assert query("SELECT count(*), sum(rows) FROM raw.batches") == [(4, 58)]
    assert query("SELECT encounter_id, row_number FROM raw.encounters WHERE split = 'train' AND row_number < 3"
                 " AND batch_number = 0 ORDER BY 2") == [("1000", 1), ("1001", 2)]  # fmt: skip
    states = [state for path, state in service.progress if path.endswith("/train/batches/0")]
    assert states == ["taken", "acknowledged", "acknowledged"]


def test_same_batch_by_four_at_once_is_stored_once(make_settings: MakeSettings, query: Query) -> None:
    with serve(TinyDataService(two_batches())) as service, ThreadPoolExecutor(4) as pool:
        settings = make_settings(service.url)
        summaries = list(pool.map(lambda _: ingest_batch(settings, "train", 0), range(4)))
    assert sum(summary["stored"] for summary in summaries) == 30
    assert query("SELECT count(*) FROM raw.encounters") == [(30,)]
    assert query("SELECT count(*) FROM raw.batches") == [(1,)]


def test_values_are_stored_as_served(make_settings: MakeSettings, query: Query) -> None:
    rows = make_rows(2)
    rows[0] |= {"race": "?", "A1Cresult": "None", "weight": "", "payer_code": "\\N"}
    with serve(TinyDataService({"train": [to_csv(rows)]})) as service:
        ingest_batch(make_settings(service.url), "train", 0)
    stored = query('SELECT race, "A1Cresult", weight, payer_code FROM raw.encounters WHERE row_number = 1')
    assert stored == [("?", "None", "", "\\N")]


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (lambda csv: csv.replace(b"1000,", b"1999,", 1), InvalidInputError),  # other bytes, same shape
        (lambda csv: csv[: len(csv) // 2], InvalidInputError),  # half of it
        (lambda csv: csv.replace(b"encounter_id", b"id", 1), InvalidInputError),  # another header
        (lambda csv: csv.replace(b"Female", b"Fem\xff", 1), InvalidInputError),  # not UTF-8
        (lambda _: b"", InvalidInputError),
    ],
)
def test_damaged_batch_stores_nothing(
    make_settings: MakeSettings, query: Query, sent: Callable[[bytes], bytes], error: type[Exception]
) -> None:
    with serve(TinyDataService(two_batches())) as service:
        service.sent["train", 0] = sent(service.batches["train"][0])
        with pytest.raises(error, match="train/0"):
            ingest_batch(make_settings(service.url), "train", 0)
        assert nothing_stored(query)
        service.sent.clear()
        assert ingest_batch(make_settings(service.url), "train", 0)["stored"] == 30


def test_answer_cut_short_stores_nothing(make_settings: MakeSettings, query: Query) -> None:
    with serve(TinyDataService(two_batches())) as service:
        service.cut_after = 2000
        with pytest.raises(UnavailableError, match="data service"):
            ingest_batch(make_settings(service.url), "train", 0)
    assert nothing_stored(query)


def test_message_of_a_malformed_row_holds_no_value_of_it(make_settings: MakeSettings) -> None:
    csv = to_csv(make_rows(3)).replace(b"1001,", b"1001,extra,", 1)
    with (
        serve(TinyDataService({"train": [csv]})) as service,
        pytest.raises(InvalidInputError, match="train/0, line 3") as raised,
    ):
        ingest_batch(make_settings(service.url), "train", 0)
    assert "1001" not in raised.value.message


def test_data_service_down(make_settings: MakeSettings, query: Query) -> None:
    with pytest.raises(UnavailableError, match="is it running"):
        ingest_batch(make_settings(f"http://127.0.0.1:{free_port()}"), "train", 0)
    assert nothing_stored(query)


def test_unknown_batch_is_named(make_settings: MakeSettings) -> None:
    with serve(TinyDataService(two_batches())) as service, pytest.raises(NotFoundError, match="train has 2 batches"):
        ingest_batch(make_settings(service.url), "train", 7)


def test_another_content_of_a_stored_batch_is_refused(make_settings: MakeSettings, query: Query) -> None:
    with serve(TinyDataService(two_batches())) as service:
        ingest_batch(make_settings(service.url), "train", 0)
        service.batches["train"][0] = to_csv(make_rows(30, 99))
        with pytest.raises(ConflictError, match="batch train/0 is stored with hash"):
            ingest_batch(make_settings(service.url), "train", 0)
    assert query("SELECT count(*) FROM raw.encounters") == [(30,)]


def test_another_data_set_is_refused(make_settings: MakeSettings, query: Query) -> None:
    with serve(TinyDataService(two_batches())) as service:
        ingest_batch(make_settings(service.url), "train", 0)
    other = TinyDataService({"train": [to_csv(make_rows(5, 50))]}, kind="synthetic")
    with serve(other), pytest.raises(ConflictError) as raised:
        ingest_batch(make_settings(other.url), "train", 0)
    assert service.sha256[:12] in raised.value.message
    assert other.sha256[:12] in raised.value.message
    assert query("SELECT count(*) FROM raw.encounters") == [(30,)]


def test_duplicate_across_batches_goes_to_quarantine(make_settings: MakeSettings, query: Query) -> None:
    repeated = [*make_rows(3, 5, 2000), *make_rows(2, 6, 1000)]
    with serve(TinyDataService({"train": [to_csv(make_rows(30, 1)), to_csv(repeated)]})) as service:
        settings = make_settings(service.url)
        ingest_batch(settings, "train", 0)
        assert ingest_batch(settings, "train", 1)["duplicates"] == 2
        assert check_ingest(settings)["rows_stored"] == 33
    refused = query("SELECT batch_number, row_number, encounter_id, field FROM clean.quarantine ORDER BY 2")
    assert refused == [(1, 4, "1000", "encounter_id"), (1, 5, "1001", "encounter_id")]


def test_missing_batch_fails_the_check(make_settings: MakeSettings) -> None:
    with serve(TinyDataService(two_batches())) as service:
        settings = make_settings(service.url)
        ingest_batch(settings, "train", 0)
        with pytest.raises(ConflictError, match="3 of 4") as raised:
            check_ingest(settings)
    assert [problem.field for problem in raised.value.problems] == ["train/1", "validation/0", "test/0"]


def start_ingest(settings: Settings) -> "subprocess.Popen[str]":
    assert settings.database.url is not None
    environment = os.environ | {
        "READMISSION_DATABASE__URL": settings.database.url.get_secret_value(),
        "READMISSION_DATA_SERVICE__URL": settings.data_service.url,
    }
    command = [sys.executable, "-c", "from readmission.cli import main; main()", "ingest-batch"]
    return subprocess.Popen(
        [*command, "--split", "train", "--number", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("killed", ["process", "database connection"])
def test_killed_in_the_middle_leaves_nothing_and_a_retry_completes(
    make_settings: MakeSettings, query: Query, empty_database: RunningPostgres, killed: str
) -> None:
    csv = to_csv(make_rows(5000))
    with serve(TinyDataService({"train": [csv]})) as service:
        service.pause_after = len(csv) // 2
        settings = make_settings(service.url)
        process = start_ingest(settings)
        assert service.paused.wait(60), process.communicate()
        if killed == "process":
            process.send_signal(signal.SIGKILL)
        else:
            with psycopg.connect(empty_database.superuser_url, autocommit=True) as connection:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                   " WHERE usename = 'readmission_pipeline'")  # fmt: skip
            service.resume.set()
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == (-signal.SIGKILL if killed == "process" else UnavailableError.exit_code), stderr
        assert "Traceback" not in stderr
        assert nothing_stored(query)
        service.pause_after = None
        assert ingest_batch(settings, "train", 0)["stored"] == 5000
    assert query("SELECT count(*) FROM raw.encounters") == [(5000,)]
