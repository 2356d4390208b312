"""Spanish, keyboard only, a phone, screen readers, and a platform whose other parts are away."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_ward_list import write_list

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}

# Gradio fades what it is about to replace; faded text is judged when it stands.
OPAQUE = (
    "() => [...document.querySelectorAll('.html-container, .html-container *')].every(e => "
    "!e.checkVisibility() || getComputedStyle(e).opacity === '1' || e.matches('polygon, .chips input'))"
)


def violations(page: Any) -> list[str]:
    page.wait_for_function(OPAQUE)
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]


def test_the_browsers_language_chooses_and_the_switch_changes(visit: Any) -> None:
    visitor: Visitor = visit(language="es-MX")
    page = visitor.open("/")
    assert page.url.endswith("/es/")
    assert page.evaluate("document.documentElement.lang") == "es"
    visitor.take_example("frequent-visitor")
    said = page.locator("#answer").inner_text()
    assert "Vuelve en 30 días" in said
    assert "Por qué este riesgo" in said
    visitor.keep("spanish")
    page.get_by_role("link", name="English").click()
    page.get_by_role("button", name="Assess risk").wait_for()
    assert page.url.endswith("/en/")


def test_keyboard_only(visit: Any) -> None:
    page = visit().open()

    def tab_to(selector: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("s => !!document.activeElement.closest(s)", selector):
                return
        raise AssertionError(f"Tab never reaches {selector}")

    for name, typed in {"age": "74", "time_in_hospital": "6", "number_inpatient": "1", "number_emergency": "0"}.items():
        tab_to(f"#field-{name}")
        page.keyboard.type(typed)
        if name == "age":
            tab_to("#field-gender")
            page.keyboard.press("Space")
        if name == "time_in_hospital":
            tab_to("#field-discharge_disposition_id")
            page.keyboard.type("Discharged to home")
    tab_to("#field-diag_1")
    page.keyboard.type("chf")
    page.locator("#list-diag_1 [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("#control-diag_1")).to_have_value("428 · Heart failure")
    tab_to("#field-num_medications")
    page.keyboard.type("12")
    tab_to("#field-insulin")
    page.keyboard.press("Space")
    tab_to("#assess")
    page.keyboard.press("Enter")
    page.locator("#result .card.result").wait_for()
    tab_to("#agree")
    page.keyboard.press("Enter")
    page.locator("#feedback-note .good").wait_for()


def test_a_phone_needs_no_sideways_scrolling(visit: Any) -> None:
    visitor: Visitor = visit(width=390, height=844)
    page = visitor.open()
    visitor.take_example("frequent-visitor")
    page.locator("#reasons tbody tr").first.wait_for()
    assert page.evaluate("document.querySelector('main').getBoundingClientRect().right") <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    visitor.keep("phone")


@pytest.mark.parametrize("look", ["light", "dark", "phone", "phone-dark", "spanish", "spanish-dark"])
def test_axe_finds_nothing(visit: Any, tmp_path: Path, look: str) -> None:
    options: dict[str, Any] = {"color_scheme": "dark" if look.endswith("dark") else "light"}
    if look.startswith("phone"):
        options |= {"width": 390, "height": 844}
    visitor: Visitor = visit(language="es-ES" if look.startswith("spanish") else "en-US", **options)
    page = visitor.open()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == look.endswith("dark")
    assert violations(page) == []
    page.locator("#assess").click()
    page.locator("#result .card.problem").wait_for()
    assert violations(page) == [], "problems"
    page.locator("#field-diag_2 input").fill("kidney")
    page.locator("#list-diag_2 [role=option]").first.wait_for()
    assert violations(page) == [], "searching"
    page.keyboard.press("Escape")
    visitor.take_example("frequent-visitor")
    page.locator("#reasons tbody tr").first.wait_for()
    assert violations(page) == []
    visitor.keep(f"patient-{look}")
    page.locator("#disagree").click()
    page.locator("#override-reason").wait_for()
    assert violations(page) == [], "overriding"
    tabs = page.get_by_role("tab")
    for number, there in ((1, "#ward-start"), (2, "#models .live"), (3, "#plots .card")):
        tabs.nth(number).click()
        page.locator(there).first.wait_for()
        assert violations(page) == [], number
        visitor.keep(f"tab-{number}-{look}")
    tabs.nth(1).click()
    page.locator("#ward-file input[type=file]").set_input_files(write_list(tmp_path / "ward.csv"))
    page.locator("#ward-start").click()
    page.locator("#ward-table .open").first.wait_for()
    assert violations(page) == [], "a scored list"
    visitor.keep(f"ward-scored-{look}")
    page.locator("#ward-table .open").first.click()
    page.locator("#ward-reasons tbody tr").first.wait_for()
    assert violations(page) == [], "reasons of a row"
    visitor.keep(f"ward-reasons-{look}")
    page.keyboard.press("Escape")
    tabs.nth(2).click()
    page.locator("#rollback button").first.click()
    page.locator("#rollback-ask").wait_for()
    assert violations(page) == [], "rolling back"


def test_operations_says_how_to_get_prometheus(visit: Any) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    page.get_by_role("tab", name="Operations").click()
    page.locator("#plots .card").first.wait_for()
    assert "make system-deps" in page.locator("#plots").inner_text()
    assert "Airflow" in page.locator("#pipeline").inner_text()
    visitor.keep("operations-without-prometheus")


def test_the_page_keeps_and_offers_nothing_it_need_not(page_url: str) -> None:
    config = httpx.get(f"{page_url}/en/config").json()
    assert config.get("run_history") is not True, "no history of patients in the browser"
    assert config["analytics_enabled"] is False
    assert httpx.get(f"{page_url}/en/gradio_api/info").status_code == 404, "the page's door lists no endpoints"
