"""Parsing and checks by column say of every value what the contract says of it alone."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readmission.contract.encounter import COLUMN_NAMES, COLUMNS, DIAGNOSES, Column
from readmission.contract.encounter_input import check_column
from readmission.contract.parse import parse_text
from readmission.dataset.check_encounters import check_encounters
from readmission.dataset.parse_batch import parse_batch
from tests.made_up_encounters import make_rows

ODD = ["", "?", "None", "0", "-1", "+1", "007", "1.0", " 5", "5 ", "5\n", "٣", "²", "9" * 19, "9" * 20, "-" + "9" * 19,
       "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e3", "x" * 64, "x" * 65, "428", "4280",
       "428.", "250.83", "V27", "v27.1", "E935", "E9350", "I50.9", "[5-6)", "NULL", "a,b", "é"]  # fmt: skip


def _read(column: Column, text: str) -> tuple[Any, str | None]:
    """Value and reason by the contract, one value at a time."""
    try:
        value = parse_text(column, text)
    except ValueError:
        return None, "not a whole number"
    if value is None:
        return None, None if column.missing_allowed else "missing"
    wrong = check_column(column, value) is not None
    return value, f"not allowed: expected {column.allowed_in_words}" if wrong else None


def _compare(columns: dict[str, list[str]]) -> None:
    rows = len(next(iter(columns.values())))
    raw = pl.DataFrame({"row_number": [str(row) for row in range(1, rows + 1)], **columns})
    typed, unreadable = parse_batch(raw)
    broken = pl.concat([unreadable, check_encounters(typed)]).unique(["row_number", "field"], keep="first")
    found = {(row, field): reason for row, field, reason in broken.iter_rows() if not reason.startswith("duplicate")}
    expected: dict[tuple[int, str], str] = {}
    for column in COLUMNS:
        read = [_read(column, text) for text in columns[column.name]]
        assert typed[column.name].to_list() == [value for value, _ in read], column.name
        expected |= {(row, column.name): reason for row, (_, reason) in enumerate(read, start=1) if reason}
    assert found == expected


def test_every_odd_value_in_every_column() -> None:
    _compare({name: ODD[shift % len(ODD) :] + ODD[: shift % len(ODD)] for shift, name in enumerate(COLUMN_NAMES)})


@settings(deadline=None, max_examples=20)
@given(drawn=st.lists(st.text(max_size=20).filter(lambda text: "\x00" not in text), min_size=1, max_size=30))
def test_drawn_texts(drawn: list[str]) -> None:
    plain = make_rows(len(drawn))
    odd = ("encounter_id", "time_in_hospital", "payer_code", "race", "A1Cresult", *DIAGNOSES)
    _compare({name: drawn if name in odd else [row[name] for row in plain] for name in COLUMN_NAMES})


def test_a_repeated_identifier_is_named_where_it_repeats() -> None:
    rows = [*make_rows(3), *make_rows(2)]
    raw = pl.DataFrame({name: [row[name] for row in rows] for name in COLUMN_NAMES}).with_row_index("row_number", 1)
    typed, _ = parse_batch(raw.with_columns(pl.col("row_number").cast(pl.String)))
    assert check_encounters(typed)["row_number"].to_list() == [4, 5]
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        check_encounters(typed.drop("race"))
