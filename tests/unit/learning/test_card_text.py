"""The card's words: a placeholder is never left open, and nothing is filled in for nobody."""

import pytest

from readmission.learning.model_card.card_text import fill


def test_every_placeholder_needs_a_value() -> None:
    with pytest.raises(ValueError, match=r"text/origin_file\.md: placeholders without a value \['declared'\]"):
        fill("origin_file")


def test_a_value_that_no_placeholder_uses_is_named() -> None:
    with pytest.raises(ValueError, match=r"text/origin_uci\.md: .*values nothing uses \['ward'\]"):
        fill("origin_uci", ward="7 North")


def test_a_missing_part_of_a_value_names_file_and_item() -> None:
    values = {"age_gap": "", "smallest_group": 300, "period_table": "", "concordance": "", "missed": ""}
    with pytest.raises(ValueError, match=r"text/known_failures\.md, synthetic: .*'synthetic_warning'"):
        fill("known_failures", shared={}, **values)


def test_lines_of_a_paragraph_are_joined_and_those_of_a_value_keep_their_table() -> None:
    assert fill("origin_synthetic")["source"].endswith("(UCI 296). No row is a real patient's.")
    values = {"age_gap": "", "smallest_group": 300, "concordance": "", "missed": ""}
    table = "| a | b |\n| --- | --- |\n| 1 | {{ x }} |"
    text = fill("known_failures", shared={"synthetic_warning": ""}, period_table=table, **values)
    assert text["drift"].endswith(f":\n\n{table}")
    assert "\n" not in text["age"]
