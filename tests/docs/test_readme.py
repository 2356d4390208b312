"""The README's example, links and promises hold."""

import json
import re
from pathlib import Path

import pytest

from readmission.contract.encounter_input import decode_encounter

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")})


def test_readme_example_satisfies_the_contract() -> None:
    body = re.search(r"--data '(\{.*?\})'", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert body is not None
    assert decode_encounter(body.group(1).encode()).encounter["number_inpatient"] == 5
    assert json.loads(body.group(1))["diag_1"] == "428"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_local_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_readme_names_tests_that_exist() -> None:
    named = re.findall(r"`(tests/[^`]*)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
