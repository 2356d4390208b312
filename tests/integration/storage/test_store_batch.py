"""A batch goes straight into its table, however its bytes are cut, and row by row only if it must."""

import hashlib

import psycopg
import pytest

from readmission.contract.encounter import COLUMN_NAMES
from readmission.contract.origin import StoredDataset
from readmission.errors import InvalidInputError
from readmission.storage.pipeline.raw_encounters import RawBatch, copy_out_batch, store_batch
from tests.conftest import RunningPostgres
from tests.made_up_encounters import make_rows, to_csv

DATASET = StoredDataset("synthetic", "d" * 64)


def _batch(number: int, csv: bytes, rows: int) -> RawBatch:
    return RawBatch(DATASET.sha256, "train", number, hashlib.sha256(csv).hexdigest(), rows)


def test_rows_and_their_numbers_do_not_depend_on_how_the_bytes_come(empty_database: RunningPostgres) -> None:
    url = empty_database.url("readmission_pipeline").get_secret_value()
    for number, cut in enumerate((1, 7, 4096, 1 << 20)):
        rows = make_rows(40, seed=number, first_id=1000 * (number + 1))
        rows[3] |= {"payer_code": 'a "b", c', "medical_specialty": "", "race": "\\N"}
        csv = to_csv([{**row, "payer_code": _quote(row["payer_code"])} for row in rows])
        ends = csv.replace(b"\n", b"\r\n") if number == 2 else csv.removesuffix(b"\n") if number == 3 else csv
        batch = _batch(number, csv, 40)
        with psycopg.connect(url) as connection:
            pieces = [ends[start : start + cut] for start in range(0, len(ends), cut)]
            assert store_batch(connection, DATASET, batch, lambda pieces=pieces: pieces) == 40  # type: ignore[misc]
        with psycopg.connect(url) as connection:
            stored = connection.execute(
                "SELECT row_number, encounter_id, payer_code, medical_specialty, race FROM raw.encounters"
                " WHERE batch_number = %s ORDER BY row_number",
                (number,),
            ).fetchall()
            assert stored == [
                (index, *(row[name] for name in ("encounter_id", "payer_code", "medical_specialty", "race")))
                for index, row in enumerate(rows, start=1)
            ]
            assert copy_out_batch(connection, batch).count(b"\n") == 41


def test_a_batch_is_read_again_only_if_a_row_is_stored_already(empty_database: RunningPostgres) -> None:
    url = empty_database.url("readmission_pipeline").get_secret_value()
    first, new = make_rows(6), make_rows(5, first_id=2000)
    reads = []
    for number, (rows, expected, read) in enumerate(
        [(first, 6, 1), ([*new, first[2], new[0]], 5, 2), ([first[0], first[1]], 0, 2)]
    ):
        csv = to_csv(rows)

        def give(csv: bytes = csv) -> list[bytes]:
            reads.append(1)
            return [csv]

        reads.clear()
        with psycopg.connect(url) as connection:
            assert store_batch(connection, DATASET, _batch(number, csv, len(rows)), give) == expected
        assert len(reads) == read
    with psycopg.connect(url) as connection:
        refused = connection.execute(
            "SELECT batch_number, row_number, encounter_id FROM clean.quarantine ORDER BY 1, 2"
        ).fetchall()
        assert refused == [(1, 6, "1002"), (1, 7, "2000"), (2, 1, "1000"), (2, 2, "1001")]
        assert connection.execute("SELECT count(*) FROM raw.encounters").fetchone() == (11,)


@pytest.mark.parametrize("sent", ["short", "two lines", "no header"])
def test_what_cannot_be_stored_leaves_nothing(empty_database: RunningPostgres, sent: str) -> None:
    rows = make_rows(4)
    csv = to_csv(rows)
    if sent == "two lines":
        csv = to_csv([{**row, "payer_code": '"a\nb"'} for row in rows])
    if sent == "no header":
        csv = csv.partition(b"\n")[2]
    batch = _batch(0, csv, 5 if sent == "short" else 4)
    with (
        pytest.raises(InvalidInputError, match="batch train/0"),
        psycopg.connect(empty_database.url("readmission_pipeline").get_secret_value()) as connection,
    ):
        store_batch(connection, DATASET, batch, lambda: [csv])
    with psycopg.connect(empty_database.url("readmission_reader").get_secret_value()) as connection:
        for table in ("raw.encounters", "raw.batches", "raw.dataset", "clean.quarantine"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert len(COLUMN_NAMES) == 50


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if '"' in text else text
