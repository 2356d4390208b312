"""Batches: every line once, in order, no patient in two splits."""

import csv
import io
from pathlib import Path

import pytest

from readmission.dataset.cut_batches import HEADER, CsvIndex
from readmission.dataset.splits import SPLITS, assign_split
from tests.unit.dataset.made_up import csv_text, made_up_row, write_rows

SALT = "readmission-v1"


def cut(path: Path, batch_size: int) -> list[tuple[str, int, int, bytes]]:
    index = CsvIndex.build(path)
    batches = index.cut_batches(index.split_rows(SALT), batch_size, dict.fromkeys(SPLITS, 0))
    return [(batch.split, batch.number, batch.rows, batch.csv_bytes) for batch in batches]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last_line_ends", [True, False])
def test_lines_are_kept_as_they_stand(tmp_path: Path, line_end: str, last_line_ends: bool) -> None:
    rows = [made_up_row(number, 40 + number // 2, race='a"b,c') for number in (30, 4, 100, 21, 5, 3)]
    text = write_rows(rows)
    path = tmp_path / "data.csv"
    path.write_bytes((text if last_line_ends else text[:-1]).replace("\n", line_end).encode())
    batches = cut(path, batch_size=2)
    lines = [line for *_, body in batches for line in body.decode().splitlines()[1:]]
    assert sorted(lines) == sorted(text.splitlines()[1:])
    for _, _, _, body in batches:
        assert body.startswith(HEADER)
        assert body.endswith(b"\n")


def test_batches_are_ordered_numbered_and_split_by_patient(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(csv_text(500, first_id=950))  # ids of three and of four digits: the order is that of numbers
    batches = cut(path, batch_size=40)
    for split in SPLITS:
        mine = [batch for batch in batches if batch[0] == split]
        assert [number for _, number, _, _ in mine] == list(range(len(mine)))
        assert all(rows == 40 for _, _, rows, _ in mine[:-1])
        rows = [row for *_, body in mine for row in csv.DictReader(io.StringIO(body.decode()))]
        assert [int(row["encounter_id"]) for row in rows] == sorted(int(row["encounter_id"]) for row in rows)
        assert {assign_split(row["patient_nbr"], SALT) for row in rows} == {split}
    assert sum(rows for _, _, rows, _ in batches) == 500
