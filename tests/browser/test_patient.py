"""The whole path of one patient: form, answer, reasons, feedback."""

import re
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Service

pytestmark = pytest.mark.browser


def assess(page: Any) -> None:
    page.locator("#assess").click()
    page.locator("#result .card.result").wait_for()


def stored_id(page: Any) -> str:
    return str(page.locator("#model code").inner_text())


def test_an_example_is_answered_explained_and_stored(
    visit: Any, inference: Service, own_postgres: RunningPostgres
) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    assert page.locator("#banner .synthetic").is_visible(), "a model of synthetic data says so"
    page.locator("#example-frequent-visitor").click()
    page.locator("#result .card.result").wait_for()
    stored = inference.client.get(f"/predictions/{stored_id(page)}").json()
    shown = [float(text.replace("\u202f%", "")) for text in page.locator("#result .risk strong").all_inner_texts()]
    assert shown == [round(100 * stored["risk_30d"], 1), round(100 * stored["risk_any"], 1)]
    assert stored["encounter"]["number_inpatient"] == 5, "the example's own values were scored"
    assert re.search(r"Higher than \d+ of 100 discharges", page.locator("#result").inner_text())
    assert page.locator("#reasons tbody tr").count() >= 5

    page.locator("#agree").click()
    page.locator("#feedback-note .good").wait_for()
    page.locator("#disagree").click()
    page.locator("#send-override").click()
    page.get_by_text("Please say why.").wait_for()
    page.locator("#reason textarea").fill("Her daughter is a nurse.")
    page.locator("#send-override").click()
    page.get_by_text("Stored: overridden, with your reason.").wait_for()
    visitor.keep("patient")
    with psycopg.connect(own_postgres.url("readmission_reader").get_secret_value()) as connection:
        rows = connection.execute(
            "SELECT verdict, reason FROM serving.feedback WHERE prediction_id = %s ORDER BY feedback_id",
            (stored["prediction_id"],),
        ).fetchall()
    assert rows == [("agree", None), ("override", "Her daughter is a nurse.")]


def test_a_diagnosis_is_found_by_name_and_by_code(visit: Any, inference: Service) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    for field, typed, option in (
        ("diag_1", "myocardial", "410 · Acute myocardial infarction"),
        ("diag_2", "038", "038 · Septicemia"),
    ):
        page.locator(f"#field-{field} input").click()
        page.keyboard.type(typed)
        page.get_by_role("option", name=option).click()
        expect(page.locator(f"#field-{field} input")).to_have_value(option, timeout=120_000)
    page.locator("#field-diag_3 input").fill("250.13")
    page.keyboard.press("Tab")
    assess(page)
    encounter = inference.client.get(f"/predictions/{stored_id(page)}").json()["encounter"]
    assert [encounter[f"diag_{number}"] for number in (1, 2, 3)] == ["410", "38", "250.13"]


def test_a_field_out_of_range_is_named_beside_itself(visit: Any) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    page.locator("#field-time_in_hospital input").fill("40")
    page.locator("#assess").click()
    page.locator("#result .card.problem").wait_for()
    field = page.locator("#field-time_in_hospital")
    assert "1 to 14 days" in field.inner_text()
    assert "is out of range" in field.inner_text().lower()
    assert "field-error" in str(field.get_attribute("class"))
    assert page.locator(".field-error").count() == 1
    visitor.keep("invalid-field")
    page.locator("#field-time_in_hospital input").fill("4")
    assess(page)
    assert page.locator(".field-error").count() == 0
