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


def test_the_figures_are_those_of_the_pages_they_link_to() -> None:
    """A page that is written again with other figures takes the first page along."""

    def page(name: str) -> str:
        return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    def found(pattern: str, text: str) -> tuple[str, ...]:
        match = re.search(pattern, text)
        assert match is not None, pattern
        return match.groups()

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    load, serving, quality = page("load-test.md"), page("serving-benchmark.md"), page("model-quality.md")
    (rate,) = found(r"\| answers a second \| ([\d,]+) \|", load)
    (middle,) = found(r"\| median, ms \| ([\d,]+) \|", load)
    assert f"{rate} answers a second, median {middle} ms, none failed, wrong or lost" in readme
    assert "| failed requests and wrong answers | 0 |" in load
    assert "| acknowledged predictions lost | 0 of " in load

    def times(goal: str) -> float:
        return float(found(rf"\| times {goal}[^|]*\| [\d.]+ \| ([\d.]+) \|", serving)[0])

    nothing = f"{times('do nothing'):.2f}".lstrip("0")
    best, plain, described = (times(way) for way in ("the best", "plain FastAPI", "model load per request"))
    assert f"an endpoint that does nothing | {nothing} of its answers a second |" in readme
    assert f"the best model server, which stores nothing | {best:.1f} × its answers a second |" in readme
    assert f"loading the model for each request | {plain:.1f} ×, {described:.0f} × |" in readme
    own = found(r"\| model \(calibrated\) \| ([\d.]+) ± ([\d.]+) \| ([\d.]+) ± ([\d.]+) \|", quality)
    soon, soon_sd, ever, ever_sd = (f"{float(value):.3f}".lstrip("0") for value in own)
    assert f"AUC {soon} ± {soon_sd} within 30 days, {ever} ± {ever_sd} at any time" in readme
