"""A file that is no CSV of encounters is refused, naming line and reason."""

from pathlib import Path

import pytest

from readmission.contract.encounter import COLUMN_NAMES
from readmission.dataset.check_csv import check_csv
from readmission.errors import DatasetError
from tests.unit.dataset.made_up import csv_text, made_up_row


def refuse(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(DatasetError) as caught:
        check_csv(path)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_a_good_file_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(csv_text(5))
    assert check_csv(path) == 5


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the header lacks 50 column(s)"),
        (csv_text(0).encode(), "has no encounters below its header"),
        (csv_text(2).replace("A1Cresult,", "", 1).encode(), "lacks 1 column(s): A1Cresult"),
        (csv_text(2).replace("race,gender", "gender,race", 1).encode(), "another order"),
        (csv_text(2).replace("readmitted\n", "readmitted,extra\n", 1).encode(), "unknown column(s): extra"),
        (csv_text(3)[:-60].encode(), "line 4 has"),
        (csv_text(2).encode() + b"\n", "line 4 has 0 fields, expected 50"),
        (csv_text(2).encode() + csv_text(1).splitlines()[1].encode(), "line 4 repeats encounter_id 1000"),
        (csv_text(2).replace("\n1001,", "\nabc,").encode(), "line 3: encounter_id is not a whole number"),
        (csv_text(2).replace(",50,", ",0,", 1).encode(), "line 2: patient_nbr is not a whole number from 1"),
        (csv_text(2).replace("Female", "Fe\0male", 1).encode(), "line 2 has a NUL character"),
        (csv_text(2).replace("Female", '"Fe\nmale"', 1).encode(), "line 2 goes on in the next line"),
        (csv_text(2).replace("Female", '"Fe"male', 1).encode(), "line 2 is not CSV"),
        (csv_text(2).replace("Female", "Fem\xe9", 1).encode("latin-1"), "is not UTF-8 text"),
        (b"PK\x03\x04 not a csv at all", "the header lacks"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    assert expected in refuse(tmp_path / "data.csv", content)


def test_made_up_rows_follow_the_contract() -> None:
    assert len(made_up_row(1)) == len(COLUMN_NAMES)
