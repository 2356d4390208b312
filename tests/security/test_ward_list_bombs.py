"""A small file that says it is a large list is refused before its rows or columns are made."""

import io
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from readmission.contract.examples import EXAMPLES
from readmission.errors import InvalidInputError, ReadmissionError
from readmission.services.ui.ward.read_file import MOST_ROWS, read_ward_file


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.timeout(60)
def test_two_million_columns_are_counted_and_not_made(separator: str) -> None:
    """4 MB: the page worked on them for more than a minute."""
    with pytest.raises(InvalidInputError, match="The list has 2000001 columns"):
        read_ward_file((f"a{separator}" * 2_000_000 + "a\n1\n").encode())


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_of_too_many_rows_one_too_many_is_read(kind: str) -> None:
    frame = pl.DataFrame({"gender": ["Female"] * (3 * MOST_ROWS)})
    file = io.BytesIO()
    frame.write_csv(file) if kind == "csv" else frame.write_parquet(file)
    with pytest.raises(InvalidInputError, match=f"The list has more than {MOST_ROWS} rows"):
        read_ward_file(file.getvalue())


def memory(name: str) -> int:
    """Of this process, in kB: now (``VmRSS``) or at most (``VmHWM``)."""
    status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(status[name].split()[0])


BOMB = """
import sys, polars as pl
values = [f"{number:<65536}" for number in range(5_000)]  # no two alike, or each would be kept once
pl.DataFrame({"gender": values}).write_parquet(sys.argv[1], compression=sys.argv[2], statistics=False)
"""


@pytest.mark.parametrize("codec", ["zstd", "gzip"])
def test_a_few_kilobytes_that_unpack_to_gigabytes_are_refused_and_cost_the_page_nothing(
    codec: str, tmp_path: Path
) -> None:
    """A value of 64 kB in each of 5,000 rows: 328 MB, of which nothing may reach the page's own process."""
    made = tmp_path / "list.parquet"
    subprocess.run([sys.executable, "-c", BOMB, str(made), codec], check=True)  # its memory is not ours
    content = made.read_bytes()
    assert len(content) < 1_000_000
    Path("/proc/self/clear_refs").write_text("5")  # the highest memory so far is forgotten
    before = memory("VmRSS")
    with pytest.raises(InvalidInputError, match="unpacks to far more than a list of patients needs"):
        read_ward_file(content)
    assert memory("VmHWM") - before < 100_000


def test_the_longest_list_is_read() -> None:
    rows = pl.DataFrame(list(EXAMPLES.values()), infer_schema_length=None)
    frame = pl.concat([rows] * (MOST_ROWS // rows.height))
    file = io.BytesIO()
    frame.write_parquet(file)
    assert len(read_ward_file(file.getvalue())) == frame.height


def test_what_only_begins_as_parquet_is_said_to_be_none() -> None:
    with pytest.raises(InvalidInputError, match="The file cannot be read as Parquet"):
        read_ward_file(b"PAR1 and then nothing of the kind PAR1")


def test_a_failure_of_ours_is_not_blamed_on_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "polars.py").write_text("raise ImportError('no such library')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ReadmissionError, match="could not be unpacked") as refused:
        read_ward_file(b"PAR1 and the like")
    assert not isinstance(refused.value, InvalidInputError)
