"""A ward's list: broken rows are listed, the rest is scored and stored."""

import csv
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import expect

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


def score(page: Any, path: Path, tab: str = "Ward list") -> None:
    page.get_by_role("tab", name=tab).click()
    page.locator("#ward-file input[type=file]").set_input_files(path)
    page.locator("#ward-start").click()
    page.locator("#ward-summary .figures, #ward-summary [role=alert]").first.wait_for()


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
    written = pl.read_csv(downloading.value.path())
    assert written.height == ROWS, "the broken rows are in it too"
    assert set(written.filter(pl.col("Problem").is_not_null())["Row"].to_list()) == set(BROKEN)
    results = written.filter(pl.col("Problem").is_null())
    assert results.height == ROWS - len(BROKEN)
    risks = results["Risk within 30 days, %"].to_list()
    assert risks == sorted(risks, reverse=True), "highest risk first"
    assert not set(BROKEN) & set(results["Row"].to_list())

    page.locator("#ward-filter").get_by_text("Low risk", exact=True).click()
    shown = page.locator("#ward-table tr[data-id]")
    assert {text.strip(" \u26a0") for text in shown.locator(".column-band").all_inner_texts()} == {"Low risk"}


def test_titles_sort_rows_have_colours_and_open_their_reasons(visit: Any, tmp_path: Path) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    score(page, write_list(tmp_path / "ward.csv"))

    def risks() -> list[float]:
        return [float(text) for text in page.locator("#ward-table .column-risk_30d .open").all_inner_texts()]

    assert risks() == sorted(risks(), reverse=True)
    first = page.locator("#ward-table tr[data-id]").first
    assert "band-" in str(first.get_attribute("class"))
    page.locator("#ward-table [data-sort=risk_30d]").click()
    assert risks() == sorted(risks())
    assert page.locator("#ward-table th.column-risk_30d").get_attribute("aria-sort") == "ascending"
    page.locator("#ward-table [data-sort=encounter_id]").click()
    assert page.locator("#ward-table tr[data-id] .column-encounter_id").first.inner_text() == "1"
    page.locator("#ward-table .open").first.press("Enter")
    page.locator("#ward-reasons tbody tr").first.wait_for()
    visitor.keep("ward-reasons")
    page.keyboard.press("Escape")
    expect(page.locator("#ward-reasons")).to_be_hidden()


def test_what_a_spanish_spreadsheet_writes_is_read(visit: Any, tmp_path: Path) -> None:
    page = visit(language="es-ES").open()
    lines = write_list(tmp_path / "ward.csv").read_text().splitlines()
    path = tmp_path / "planta.csv"
    names = lines[0].split(",")
    rows = [dict(zip(names, line.split(","), strict=True)) for line in lines[1:6]]
    body = [";".join(names), *(";".join(row[name].replace(".", ",") for name in names) for row in rows)]
    path.write_bytes("\r\n".join(body).encode("cp1252"))
    score(page, path, "Lista de planta")
    assert "5 evaluadas y guardadas" in " ".join(page.locator("#ward-summary").inner_text().split())
    with page.expect_download() as downloading:
        page.locator("#ward-download").click()
    text = Path(downloading.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert text[0].startswith("Fila;")
    assert re.search(r";\d+,\d\d;", text[1])


def test_a_phone_shows_risk_and_band_first(visit: Any, tmp_path: Path) -> None:
    visitor: Visitor = visit(width=390, height=844)
    page = visitor.open()
    score(page, write_list(tmp_path / "ward.csv"))
    seen = [head for head in page.locator("#ward-table th").all() if head.is_visible()]
    assert [str(head.get_attribute("class")) for head in seen[:2]] == ["column-risk_30d", "column-band"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    words = page.locator("#ward-problem-table td").first.bounding_box()
    assert words is not None
    assert words["width"] > 250, "what is wrong with a row can be read without cutting words"
    visitor.keep("ward-phone")


def test_ten_thousand_rows_scroll_and_sort(visit: Any, tmp_path: Path) -> None:
    page = visit().open()
    path = write_list(tmp_path / "ward.csv")
    lines = path.read_text().splitlines()
    good = [line for number, line in enumerate(lines[1:], start=1) if number not in BROKEN]
    path.write_text("\n".join([lines[0], *(good * 34)[:10_000]]))
    score(page, path)
    assert "10,000 scored and stored" in " ".join(page.locator("#ward-summary").inner_text().split())
    assert page.locator("#ward-table tr[data-id]").count() < 200, "only what is in view is drawn"
    page.locator("#ward-table").evaluate("box => { box.scrollTop = box.scrollHeight }")
    # At the end of the list a row stands last, not the space for rows that are not drawn.
    page.wait_for_function("document.querySelector('#ward-table tbody').lastElementChild.matches('[data-id]')")
    last = page.locator("#ward-table .open").last.inner_text()
    page.locator("#ward-table [data-sort=risk_30d]").click()
    expect(page.locator("#ward-table .open").first).to_have_text(last, timeout=120_000)


def test_a_list_that_is_no_list(visit: Any, tmp_path: Path) -> None:
    page = visit().open()
    path = tmp_path / "other.csv"
    path.write_text("name,age\nAnn,7\n")
    score(page, path)
    said = page.locator("#ward-summary").inner_text()
    assert "The columns are not those of the template" in said
    assert "name" in said
    assert "time_in_hospital" in said
