"""The table of the verification standard is whole, and what it names as evidence is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "asvs.md").read_text(encoding="utf-8")
LEVEL_TWO = 217
"""Requirements of levels 1 and 2 in ASVS 5.0.0, without chapters 10 (OAuth) and 17 (WebRTC), which do not apply."""
_LINES = re.compile(r"(\d+\.\d+)\.(\d+)(?: to \d+\.\d+\.(\d+))?")


def requirements_named() -> list[str]:
    cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| ")]
    named = []
    for cell in cells:
        for section, first, last in _LINES.findall(cell):
            named += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return named


def test_each_requirement_stands_in_the_table_once() -> None:
    named = requirements_named()
    assert len(named) == len(set(named)) == LEVEL_TWO


def test_each_line_has_a_verdict() -> None:
    rows = [line.split("|")[2].strip() for line in PAGE.splitlines() if re.match(r"\| \d+\.\d+\.\d+.* \| .* \| ", line)]
    assert set(rows) == {"yes", "partly", "no", "not ours"}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:src|tests|docs|deploy)/[^`]*)`", PAGE))))
def test_the_evidence_is_there(path: str) -> None:
    assert (ROOT / path).exists()
