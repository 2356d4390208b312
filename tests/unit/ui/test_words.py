"""Spanish is whole: every text has a translation, with the same blanks, and none is left over."""

import re

from readmission.services.ui.value_words import say_allowed
from readmission.services.ui.words import Words, load_spanish
from tests.unit.ui.every_text import every_text


def test_every_text_is_translated_and_none_is_left_over() -> None:
    assert every_text() - set(load_spanish()) == set()
    assert set(load_spanish()) - every_text() == set()


def test_translations_keep_their_blanks() -> None:
    for english, spanish in load_spanish().items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", spanish)), english


def test_numbers_are_written_the_languages_way() -> None:
    assert Words("en").number(1234.5) == "1,234.5"
    assert Words("es").number(1234.5) == "1.234,5"
    assert Words("es").percent(0.132) == "13,2\u202f%"


def test_what_a_field_takes_is_said_in_spanish() -> None:
    spanish = Words("es")
    assert say_allowed("time_in_hospital", "a whole number from 1 to 14 (days)", spanish) == "1 a 14 días"
    assert say_allowed("age", "one of [0-10), [10-20)", spanish) == "uno de [0-10), [10-20)"
    assert say_allowed("age", None, spanish) == ""
