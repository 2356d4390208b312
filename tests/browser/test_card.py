"""The model card on the page: shown where it is asked for, and nothing in it runs."""

from typing import Any

import pytest

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


def test_the_models_tab_shows_the_live_versions_card(visit: Any) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    page.get_by_role("tab", name="Models").click()
    page.locator("#model-card summary").click()
    heading = page.frame_locator("#model-card iframe").locator("h1")
    heading.wait_for()
    assert heading.inner_text() == "The card of this model"
    visitor.keep("model-card")


def test_a_card_stands_alone_at_its_own_address(visit: Any) -> None:
    visitor: Visitor = visit()
    page = visitor.open()
    page.get_by_role("tab", name="Models").click()
    link = page.locator("#models .live a")
    assert "Model card, version" in link.get_attribute("aria-label")
    answer = page.goto(f"{visitor.url}/en/{link.get_attribute('href')}")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert page.locator("h1").inner_text() == "The card of this model"
    assert page.goto(f"{visitor.url}/en/card/999999").status == 404


def test_the_card_is_said_on_one_page_first(visit: Any) -> None:
    page = visit().open()
    page.get_by_role("tab", name="Models").click()
    summary = page.locator("#card-summary")
    summary.wait_for()
    said = summary.inner_text()
    assert "What it is for" in said
    assert "Plan a discharge." in said
    assert "Asks for follow-up from" in said
    assert len(said.split()) < 400
