"""Spanish, keyboard only, a phone, screen readers, and a platform whose other parts are away."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_ward_list import score, write_list

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}

# Gradio fades what it is about to replace; faded text is judged when it stands.
OPAQUE = (
    "() => [...document.querySelectorAll('.html-container, .html-container *')].every(e => "
    "!e.checkVisibility() || getComputedStyle(e).opacity === '1' || e.matches('polygon, .chips input'))"
)


COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What the dark setting can break: nothing else in the page changes with it."""


def violations(page: Any) -> list[str]:
    """What axe finds in the page as it stands: everything in the light, colours in the dark."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    said = []
    for scheme, rules in (("light", RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (scheme == "dark")
        page.wait_for_function(OPAQUE)
        found = page.evaluate("rules => axe.run(rules)", rules)["violations"]
        said += [f"{scheme}: {each['id']}: {node['target']}" for each in found for node in each["nodes"]]
    page.emulate_media(color_scheme="light")
    return said


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


def test_a_phone_needs_no_sideways_scrolling(visit: Any, tmp_path: Path) -> None:
    """In any tab, down to 320 px, which is also a desktop page at 400 %."""
    visitor: Visitor = visit(language="es-ES", width=390, height=844)
    page = visitor.open()

    def widest() -> dict[int, int]:
        found = {}
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            found[width] = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size({"width": 390, "height": 844})
        return found

    fits = {390: 390, 320: 320}
    visitor.take_example("frequent-visitor")
    page.locator("#reasons tbody tr").first.wait_for()
    assert widest() == fits
    visitor.keep("phone")
    tabs = page.get_by_role("tab")
    score(page, write_list(tmp_path / "ward.csv"), "Lista de planta")
    assert widest() == fits
    for number, there in ((2, "#models .live"), (3, "#plots .card")):
        tabs.nth(number).click()
        page.locator(there).first.wait_for()
        assert widest() == fits
        narrow = "[...document.querySelectorAll('.plain td > span')].filter(e => e.checkVisibility() && e.clientWidth)"
        cut = page.evaluate(f"{narrow}.filter(e => getComputedStyle(e.parentElement).display !== 'flex').length")
        assert cut == 0, "a row is a card, not columns of one letter"
        visitor.keep(f"phone-{number}")


@pytest.mark.parametrize("look", ["desktop", "phone", "spanish"])
def test_axe_finds_nothing(visit: Any, tmp_path: Path, look: str) -> None:
    size: dict[str, Any] = {"width": 390, "height": 844} if look == "phone" else {}
    language = "es-ES" if look == "spanish" else "en-US"
    # Colours change at once instead of fading, or axe would judge what is in between.
    visitor: Visitor = visit(language=language, reduced_motion="reduce", **size)
    page = visitor.open()
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


def test_operations_shows_the_newest_figures_without_prometheus(
    visit: Any, metrics_exporter: Callable[[], None]
) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    visitor.take_example("frequent-visitor")
    page.locator("#agree").click()
    page.locator("#feedback-note .good").wait_for()
    page.get_by_role("tab", name="Operations").click()
    plots = page.locator("#plots")
    expect(plots).to_contain_text("Prometheus at http://127.0.0.1:9 does not answer")
    expect(plots).to_contain_text("make system-deps")
    expect(plots).to_contain_text("Without an answer: metrics exporter.")
    latency = plots.locator(".card", has_text="Time to a stored answer")
    expect(latency.locator("dd").first).to_have_text(re.compile(r"^[\d,.]+$"))
    expect(page.locator("#pipeline")).to_contain_text("Airflow")
    clinicians = plots.locator(".card", has_text="What clinicians said").locator("dd").first
    expect(clinicians).to_have_text("-")
    visitor.keep("operations-without-prometheus")
    metrics_exporter()
    expect(clinicians).to_have_text(re.compile(r"^[1-9]\d*$"))
    expect(plots).not_to_contain_text("Without an answer")
    visitor.keep("operations-from-the-exporter")


def test_the_page_keeps_and_offers_nothing_it_need_not(page_url: str) -> None:
    config = httpx.get(f"{page_url}/en/config").json()
    assert config.get("run_history") is not True, "no history of patients in the browser"
    assert config["analytics_enabled"] is False
    assert httpx.get(f"{page_url}/en/gradio_api/info").status_code == 404, "the page's door lists no endpoints"
