"""The whole path of one patient: form, answer, reasons, feedback."""

import re
from typing import Any

import psycopg
import pytest

from tests.browser.conftest import Visitor
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Service

pytestmark = pytest.mark.browser


def stored_id(page: Any) -> str:
    return str(page.locator("#model code").inner_text())


def test_an_example_is_answered_explained_and_stored(
    visit: Any, inference: Service, own_postgres: RunningPostgres
) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    assert page.locator("#banner .synthetic").is_visible(), "a model of synthetic data says so"
    visitor.take_example("frequent-visitor")
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
    page.get_by_text("Please choose what you decide and say why.").wait_for()
    page.locator("#feedback .override").get_by_text("No follow-up").click()
    page.locator("#reason textarea").fill("Her daughter is a nurse.")
    page.locator("#send-override").click()
    page.get_by_text("Stored: you decided no follow-up, with your reason.").wait_for()
    visitor.keep("patient")
    with psycopg.connect(own_postgres.url("readmission_reader").get_secret_value()) as connection:
        rows = connection.execute(
            "SELECT verdict, reason, decided FROM serving.feedback WHERE prediction_id = %s ORDER BY feedback_id",
            (stored["prediction_id"],),
        ).fetchall()
    assert rows == [("agree", None, None), ("override", "Her daughter is a nurse.", "no_flag")]


def test_a_field_out_of_range_is_named_beside_itself(visit: Any) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    visitor.take_example("home-after-short-stay")
    page.locator("#field-time_in_hospital input").fill("40")
    page.locator("#assess").click()
    page.locator("#result .card.problem").wait_for()
    field = page.locator("#field-time_in_hospital")
    assert "1 to 14 days" in field.locator(".error").inner_text()
    assert "field-error" in str(field.get_attribute("class"))
    assert page.locator(".field-error").count() == 1
    visitor.keep("invalid-field")
    page.locator("#field-time_in_hospital input").fill("4")
    visitor.assess()
    page.locator("#result .card.result").wait_for()
    assert page.locator(".field-error").count() == 0


def test_what_the_model_never_saw_is_said(visit: Any) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    visitor.take_example("home-after-short-stay")
    page.locator("#field-number_emergency input").fill("300")
    visitor.assess()
    assert "Emergency visits" in page.locator("#result .note.warn").inner_text()


def test_next_steps_have_their_sources(visit: Any) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    visitor.take_example("frequent-visitor")
    steps = page.locator(".steps li")
    assert steps.count() >= 1
    assert all("Source:" in text for text in steps.all_inner_texts())


def test_no_word_of_the_schema_is_shown(visit: Any) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    visitor.take_example("frequent-visitor")
    said = page.locator("#answer").inner_text()
    assert not [word for word in ("contract", "[70-80)", " MC", "InternalMedicine", "None") if word in said]
    assert page.locator("#control-payer_code option:checked").text_content() == "Medicare"
