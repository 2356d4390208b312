"""How a text value of the CSV is read."""

import pytest

from readmission.contract.encounter import BY_NAME, COLUMNS
from readmission.contract.parse import parse_text


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("race", "?", None),
        ("race", "", None),
        ("race", None, None),
        ("race", "Caucasian", "Caucasian"),
        ("A1Cresult", "None", "None"),
        ("A1Cresult", "", "None"),
        ("A1Cresult", None, "None"),
        ("A1Cresult", "?", "?"),
        ("diag_1", "250.83", "250.83"),
        ("diag_1", "?", None),
        ("time_in_hospital", "7", 7),
        ("time_in_hospital", "-1", -1),
        ("time_in_hospital", "?", None),
        ("encounter_id", "9223372036854775807", 2**63 - 1),
    ],
)
def test_value_of_a_text(column: str, text: str | None, value: int | str | None) -> None:
    assert parse_text(BY_NAME[column], text) == value


@pytest.mark.parametrize("text", ["7.0", " 7", "7 ", "1e3", "seven", "\u0667", "0x7", "9" * 19, "+7", "1_000"])
def test_text_that_is_no_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a whole number"):
        parse_text(BY_NAME["encounter_id"], text)


def test_every_column_says_what_it_allows() -> None:
    described = {column.name: column.allowed_in_words for column in COLUMNS}
    assert described["readmitted"] == "one of NO, >30, <30"
    assert described["time_in_hospital"] == "a whole number from 1 to 14 (days)"
    assert all("missing" in described[column.name] for column in COLUMNS if column.missing_allowed)
