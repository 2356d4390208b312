"""A ward's list: broken rows are listed, the rest is scored and stored."""

import csv
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.browser.conftest import Visitor
from tests.integration.inference_service.conftest import Service
from tests.small_model import made_up_encounters

pytestmark = pytest.mark.browser
ROWS = 300
BROKEN = {10: ("time_in_hospital", "99"), 20: ("age", "old"), 30: ("discharge_disposition_id", "11")}


def write_list(path: Path) -> Path:
    rows = [
        {"encounter_id": number, **{name: "?" if value is None else value for name, value in row.items()}}
        for number, row in enumerate(made_up_encounters(ROWS, seed=5), start=1)
    ]
    for number, (field, value) in BROKEN.items():
        rows[number - 1][field] = value
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def score(page: Any, path: Path) -> None:
    page.get_by_role("tab", name="Ward list").click()
    page.locator("#ward-file input[type=file]").set_input_files(path)
    page.locator("#ward-file").get_by_text(path.stem).first.wait_for()
    page.locator("#ward-start").click()
    page.locator("#ward-summary [role=status], #ward-summary [role=alert]").first.wait_for()


def test_a_list_with_broken_rows(visit: Any, inference: Service, tmp_path: Path) -> None:
    stored_before = len(inference.stored_ids())
    visitor: Visitor = visit()
    page = visitor.open()
    score(page, write_list(tmp_path / "ward.csv"))
    summary = page.locator("#ward-summary").inner_text()
    assert f"{ROWS - len(BROKEN)} scored and stored" in " ".join(summary.split())
    problems = page.locator("#ward-problem-table")
    problems.get_by_text("Length of stay (time_in_hospital)").wait_for()
    said = problems.inner_text()
    assert all(str(row) in said and field in said for row, (field, _) in BROKEN.items())
    assert len(inference.stored_ids()) == stored_before + ROWS - len(BROKEN)
    visitor.keep("ward-list")

    with page.expect_download() as downloading:
        page.locator("#ward-download").click()
    results = pl.read_csv(downloading.value.path())
    assert results.height == ROWS - len(BROKEN)
    risks = results["Risk within 30 days, %"].to_list()
    assert risks == sorted(risks, reverse=True), "highest risk first"
    assert not set(BROKEN) & set(results["Row"].to_list())

    page.get_by_role("radio", name="Low risk").check()
    only_low = "t => t.includes('Low risk') && !t.includes('Raised risk')"
    page.wait_for_function(f"() => ({only_low})(document.querySelector('#ward-table').innerText)")


def test_a_list_that_is_no_list(visit: Any, tmp_path: Path) -> None:
    page = visit().open()
    path = tmp_path / "other.csv"
    path.write_text("name,age\nAnn,7\n")
    score(page, path)
    said = page.locator("#ward-summary").inner_text()
    assert "The columns are not those of the template" in said
    assert "name" in said
    assert "time_in_hospital" in said
