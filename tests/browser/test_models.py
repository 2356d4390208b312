"""The Models tab: what is live, how it came to be, and the way back."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ADMIN_KEY, Visitor
from tests.integration.inference_service.conftest import Service

pytestmark = pytest.mark.browser


def open_models(visitor: Visitor) -> Any:
    page = visitor.open()
    page.get_by_role("tab", name="Models").click()
    page.locator("#models .live").wait_for()
    return page


def ask_back(page: Any, key: str) -> None:
    page.locator("#rollback-actor textarea, #rollback-actor input").fill("Olga Operator")
    page.locator("#rollback-reason textarea, #rollback-reason input").fill("Too many flags")
    page.locator("#rollback-key input").fill(key)
    page.locator("#rollback-ask").click()
    page.locator("#rollback-question h2").wait_for()


def test_history_comparison_and_rolling_back(visit: Any, inference: Service) -> None:
    visitor: Visitor = visit()
    page = open_models(visitor)
    newest, before = [each["live_version"] for each in inference.client.get("/promotions").json()[:2]]
    assert f"Version {newest}" in page.locator("#models .live").inner_text()
    compared = page.locator("#models section", has_text="Challenger against champion").inner_text()
    assert "0.6100" in compared
    assert "+0.0500" in compared

    page.get_by_role("button", name="Roll back (operators)").click()
    page.locator("#rollback-ask").click()
    page.get_by_text("Your name, a reason and the admin key are needed.").wait_for()
    ask_back(page, "not-the-key")
    visitor.keep("rollback-asks")
    page.locator("#rollback-confirm").click()
    expect(page.locator("#rollback-note .bad")).to_contain_text("A valid key is required", timeout=120_000)
    ask_back(page, ADMIN_KEY)
    page.locator("#rollback-cancel").click()
    expect(page.locator("#rollback-question")).to_be_hidden(timeout=120_000)
    assert len(inference.client.get("/promotions").json()) == 2, "neither a wrong key nor a no leaves a trace"

    ask_back(page, ADMIN_KEY)
    page.locator("#rollback-confirm").click()
    page.locator("#rollback-note .good").wait_for()
    recorded = inference.client.get("/promotions").json()[0]
    assert (recorded["decision"], recorded["live_version"]) == ("rolled_back", before)
    assert (recorded["actor"], recorded["reason"]) == ("service-admin (Olga Operator)", "Too many flags")
    expect(page.locator("#models")).to_contain_text("Too many flags", timeout=120_000)
    expect(page.locator("#rollback-key input")).to_have_value("", timeout=120_000)
    expect(page.locator("#header .chip")).to_contain_text(f"version {before}", timeout=120_000)
    visitor.keep("rolled-back")
