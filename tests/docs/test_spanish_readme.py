"""README.es.md says what README.md says: the same commands, figures, addresses and files on its first page."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
SPANISH = (ROOT / "README.es.md").read_text(encoding="utf-8")
UNTRANSLATED = "## What it promises"
FIRST_PAGE = ENGLISH.partition(UNTRANSLATED)[0]


def fenced(text: str) -> list[str]:
    return re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE)


def figures(text: str) -> set[str]:
    """Numbers outside fenced commands."""
    for block in fenced(text):
        text = text.replace(block, "")
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def code(text: str) -> set[str]:
    """Commands and names set in code, outside fenced blocks."""
    for block in fenced(text):
        text = text.replace(block, "")
    return set(re.findall(r"`([^`\n]+)`", text))


def test_the_first_page_is_there() -> None:
    assert UNTRANSLATED in ENGLISH


def test_the_commands_are_the_same() -> None:
    assert fenced(SPANISH) == fenced(FIRST_PAGE)
    assert "make setup\nmake up" in "".join(fenced(SPANISH))


def test_names_and_commands_within_the_text_are_the_same() -> None:
    assert code(SPANISH) == code(FIRST_PAGE)


def test_the_figures_are_the_same() -> None:
    assert figures(FIRST_PAGE) - figures(SPANISH) == set()
    assert figures(SPANISH) - figures(ENGLISH) == set()


def test_every_file_it_points_to_is_there() -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)", SPANISH) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_each_points_to_the_other() -> None:
    assert "(README.es.md)" in ENGLISH
    assert "(README.md)" in SPANISH
