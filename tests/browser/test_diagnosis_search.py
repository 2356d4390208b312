"""Forty diagnoses as people type them, English and Spanish: none is sent as something else than the field shows."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
ENGLISH: dict[str, str | None] = {
    "CHF": "428", "copd": "496", "UTI": "599", "DM2": "250", "AKI": "584", "MI": "410", "diabetes": "250",
    "pneumonia": "486", "heart failure": "428", "038": "38", "250.13": "250.13", "428.0": "428", "v27": "V27",
    "sepsis": "38", "hip fracture": "820", "depression": "311",
    "xyzzy": None, "I50.9": None, "4280": None, "hart failur": None,
}  # fmt: skip
SPANISH: dict[str, str | None] = {
    "ICC": "428", "epoc": "496", "ITU": "599", "insuficiencia cardíaca": "428", "insuficiencia cardiaca": "428",
    "IAM": "410", "neumonía": "486", "neumonia": "486", "diabetes": "250", "ictus": "434", "asma": "493",
    "fractura de cadera": "820", "erc": "585", "HTA": "401", "celulitis": "682", "depresión": "311",
    "insuficiencia": None, "qwerty": None, "N17.9": None, "neumonai": None,
}  # fmt: skip
"""Typed text to the code it means; None: nothing it could mean alone, so nothing may be sent for it."""


def type_into(page: Any, field: str, typed: str, key: str) -> None:
    box = page.locator(f"#field-{field} input")
    box.fill("")
    box.press_sequentially(typed)
    page.wait_for_function(
        "f => !document.querySelector(`#field-${f} [role=listbox]`).hidden"
        " || document.querySelector(`#field-${f} .error`).textContent",
        arg=field,
    )
    box.press(key)


def sent_and_shown(visitor: Visitor) -> tuple[str, str]:
    """What the form would send for the main diagnosis, read off the request itself, and what the field shows."""
    page = visitor.page
    with page.expect_request(lambda request: request.url.endswith("/patient/assess")) as asking:
        visitor.assess()
    return asking.value.post_data_json["values"]["diag_1"], page.locator("#field-diag_1 input").input_value()


@pytest.mark.parametrize(("language", "typed"), [("en", ENGLISH), ("es", SPANISH)])
def test_what_is_shown_is_what_is_sent(visit: Any, language: str, typed: dict[str, str | None]) -> None:
    visitor: Visitor = visit()
    page = visitor.open(f"/{language}/")
    listed = {row[0]: f"{row[1]} · {row[2]}" for row in page.request.get(f"{page.url}patient/diagnoses").json()}
    wrong: list[tuple[str, ...]] = []
    for text, code in typed.items():
        type_into(page, "diag_1", text, "Tab")
        sent, shown = sent_and_shown(visitor)
        error = page.locator("#error-diag_1").inner_text()
        if sent in listed:
            if shown != listed[sent] or sent != code:
                wrong.append((text, sent, shown))
        elif not error or code is not None:  # free text is shown as it is, refused beside the field, and never scored
            wrong.append((text, sent, shown, error))
    assert wrong == []


def test_enter_takes_the_marked_entry_and_shows_it(visit: Any) -> None:
    page = visit().open()
    for typed, label in (("heart fail", "428 · Heart failure"), ("pneumo", "486 · Pneumonia"), ("diabet", "250 · ")):
        type_into(page, "diag_1", typed, "Enter")
        expect(page.locator("#field-diag_1 input")).to_have_value(re.compile(f"^{re.escape(label)}"))


def test_tab_closes_the_list_and_goes_on(visit: Any) -> None:
    page = visit().open()
    type_into(page, "diag_1", "kidney", "Tab")
    assert page.locator("#field-diag_1 [role=listbox]").is_hidden()
    assert page.evaluate("document.activeElement.id") == "control-diag_2"
    assert page.locator("#error-diag_1").inner_text()


def test_a_closed_list_takes_what_is_typed_exactly(visit: Any) -> None:
    page = visit().open()
    page.locator("#control-admission_type_id").focus()
    page.keyboard.type("Elective")
    page.keyboard.press("Tab")
    expect(page.locator("#control-admission_type_id")).to_have_value("3")
    page.locator("#field-gender label", has_text=re.compile("^Male$")).click()
    assert page.locator("#field-gender input:checked").get_attribute("value") == "Male"
    page.locator("#field-insulin").get_by_text("Dose raised").click()
    assert page.locator("#field-insulin input:checked").get_attribute("value") == "Up"


def fill_usual(visitor: Visitor) -> Any:
    page = visitor.open()
    for name, value in {
        "age": "74", "time_in_hospital": "5", "number_inpatient": "1", "number_emergency": "0", "num_medications": "14",
    }.items():  # fmt: skip
        page.locator(f"#field-{name} input").fill(value)
    page.locator("#field-gender").get_by_text("Female", exact=True).click()
    page.locator("#control-discharge_disposition_id").select_option("6")
    page.locator("#field-insulin").get_by_text("Dose unchanged").click()
    type_into(page, "diag_1", "CHF", "Enter")
    return page


class Hand:
    """Fills the form in as a hand on glass would, and counts: a tap is one touch, a native list two, typing none."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.touches = 0

    def tap(self, selector: str) -> None:
        self._page.locator(selector).first.click()
        self.touches += 1

    def type(self, field: str, text: str) -> None:
        self.tap(f"#field-{field} input")
        self._page.keyboard.type(text)

    def choose(self, field: str, value: str) -> None:
        self._page.locator(f"#control-{field}").select_option(value)
        self.touches += 2


def test_a_usual_patient_takes_twelve_touches_at_most(visit: Any) -> None:
    """Nine answers and one button; the button is in view all along, and so is the answer."""
    page = visit(has_touch=True).open()
    hand = Hand(page)
    for field, text in (("age", "74"), ("time_in_hospital", "5"), ("number_inpatient", "1"), ("number_emergency", "0"),
                        ("num_medications", "14"), ("diag_1", "CHF")):  # fmt: skip
        hand.type(field, text)
    hand.tap("#field-diag_1 [role=option]")
    hand.tap("#field-gender label:has-text('Female')")
    hand.tap("#field-insulin label:has-text('Dose unchanged')")
    hand.choose("discharge_disposition_id", "6")
    assert page.locator("#left").inner_text() == ""
    assert page.locator("#assess").bounding_box()["y"] < 1000
    hand.tap("#assess")
    page.locator("#result .card.result").wait_for()
    assert hand.touches <= 12
    risk = page.locator("#result .risk.main strong").bounding_box()
    assert 0 <= risk["y"] < 1000
    assert page.locator(".assumed-list").inner_text()


def test_impossible_combinations_are_named_and_not_scored(visit: Any, inference: Any) -> None:
    page = fill_usual(visit())
    stored = len(inference.stored_ids())
    page.locator("#field-insulin").get_by_text("Dose raised").click()
    page.locator("#control-diabetesMed").select_option("No")
    page.locator("#assess").click()
    page.locator("#result .card.problem").wait_for()
    assert "No diabetes medicines" in page.locator("#error-insulin").inner_text()
    assert "No diabetes medicines" in page.locator("#error-diabetesMed").inner_text()
    page.locator("#control-diabetesMed").select_option("Yes")
    page.locator("#control-admission_type_id").select_option("4")
    page.locator("#assess").click()
    expect(page.locator("#error-age")).to_contain_text("newborn")
    assert len(inference.stored_ids()) == stored


def test_required_fields_start_empty_and_are_asked_for(visit: Any, inference: Any) -> None:
    page = visit().open()
    stored = len(inference.stored_ids())
    page.locator("#assess").click()
    page.locator("#result .card.problem").wait_for()
    asked = page.locator(".field-error").count()
    assert asked == page.locator("[data-required]").count() == 9
    assert len(inference.stored_ids()) == stored


def test_an_answer_that_no_longer_fits_says_so(visit: Any) -> None:
    visitor: Visitor = visit()
    page = fill_usual(visitor)
    page.locator("#assess").click()
    page.locator("#result .card.result").wait_for()
    expect(page.locator("#stale-note")).to_be_hidden()
    page.locator("#control-time_in_hospital").fill("9")
    expect(page.locator("#stale-note")).to_be_visible()
    assert page.locator("#answer-body").get_attribute("inert") is not None
    visitor.keep("stale-answer")
    page.locator("#assess-again").click()
    expect(page.locator("#stale-note")).to_be_hidden()
    page.locator("#control-time_in_hospital").fill("5")
    expect(page.locator("#stale-note")).to_be_visible()
    page.locator("#control-time_in_hospital").fill("9")
    expect(page.locator("#stale-note")).to_be_hidden()
