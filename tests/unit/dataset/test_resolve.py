"""Which data set is taken, from files alone; the download is tested in tests/integration/dataset."""

import zipfile
from pathlib import Path

import pytest

from readmission.dataset import resolve_dataset
from readmission.dataset.files import hash_file, write_whole
from readmission.errors import DatasetError
from readmission.settings import Settings
from tests.unit.dataset.made_up import csv_text

CLOSED = "http://127.0.0.1:9/archive.zip"


def settings(tmp_path: Path, dataset: str | Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", dataset=str(dataset), dataset_url=CLOSED, synthetic_rows=300)


def make_zip(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def cached_files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "state" / "dataset").iterdir())


def test_a_csv_of_the_same_shape_is_taken_as_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(csv_text(7))
    resolved = resolve_dataset(settings(tmp_path, path))
    assert (resolved.kind, resolved.rows, resolved.sha256) == ("file", 7, hash_file(path))
    assert resolved.csv_path == path


def test_a_zip_is_unpacked_once(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "mine.zip", {"folder/diabetic_data.csv": csv_text(7), "IDS_mapping.csv": "x"})
    first, second = (resolve_dataset(settings(tmp_path, path)) for _ in range(2))
    assert first == second
    assert first.csv_path.read_text() == csv_text(7)
    assert cached_files(tmp_path) == [f"{first.sha256}.csv"]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("cut.zip", "truncated", "is not a whole zip archive"),
        ("text.zip", "text", "is not a whole zip archive"),
        ("damaged.zip", "damaged", "is not a whole zip archive"),
        ("other.zip", "other member", "holds 0 files named diabetic_data.csv, expected one (inside: other.csv)"),
        ("wrong.zip", "wrong columns", "the header lacks"),
        ("data.parquet", "text", "expected auto, uci, synthetic, or the path of a .zip or .csv"),
        ("gone.csv", None, "no such file"),
        ("short.csv", "text", "the header lacks 50 column(s)"),
    ],
)
def test_a_bad_file_is_one_clear_line_and_leaves_nothing(
    tmp_path: Path, name: str, content: str | None, expected: str
) -> None:
    path = tmp_path / name
    whole = make_zip(tmp_path / "whole", {"diabetic_data.csv": csv_text(400)}).read_bytes()
    contents = {
        "truncated": whole[: len(whole) // 2],
        "damaged": whole[:200] + bytes(byte ^ 0xFF for byte in whole[200:260]) + whole[260:],
        "text": b"hello",
        "other member": make_zip(tmp_path / "other", {"other.csv": "x"}).read_bytes(),
        "wrong columns": make_zip(tmp_path / "columns", {"diabetic_data.csv": "a,b\n1,2\n"}).read_bytes(),
    }
    if content is not None:
        path.write_bytes(contents[content])
    with pytest.raises(DatasetError) as caught:
        resolve_dataset(settings(tmp_path, path))
    assert expected in caught.value.message
    assert "\n" not in caught.value.message
    assert cached_files(tmp_path) == []


def test_synthetic_is_made_once_and_made_again_where_damaged(tmp_path: Path) -> None:
    wanted = settings(tmp_path, "synthetic")
    first = resolve_dataset(wanted)
    assert (first.kind, first.rows) == ("synthetic", 300)
    first.csv_path.write_text("half a file")
    again = resolve_dataset(wanted)
    assert again == first
    assert hash_file(again.csv_path) == first.sha256


def test_a_crash_leaves_no_file_and_no_litter(tmp_path: Path) -> None:
    def crash() -> None:
        with write_whole(tmp_path / "state" / "dataset" / "data.csv") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crash()
    assert cached_files(tmp_path) == []
    litter = tmp_path / "state" / "dataset" / ".data.csv.0123.partial"
    litter.write_bytes(b"left by kill -9")
    resolve_dataset(settings(tmp_path, "synthetic"))
    assert not litter.exists()


def test_the_real_archive_is_recognised_by_its_hash(real_dataset: Path, tmp_path: Path) -> None:
    resolved = resolve_dataset(settings(tmp_path, real_dataset))
    assert (resolved.kind, resolved.rows) == ("uci", 101_766)
    by_csv = resolve_dataset(settings(tmp_path, resolved.csv_path))
    assert (by_csv.kind, by_csv.sha256) == ("uci", resolved.sha256)
    cached = resolve_dataset(settings(tmp_path, "auto"))
    assert (cached.kind, cached.sha256) == ("uci", resolved.sha256)
