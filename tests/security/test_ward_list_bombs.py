"""A small file that says it is a large list is refused before its rows or columns are made."""

import io

import polars as pl
import pytest

from readmission.errors import InvalidInputError
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
