"""The page's Operations tab over a real Prometheus and Airflow: its plots show what was just answered."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor, browser, chromium_path
from tests.integration.inference_service.conftest import wait_until
from tests.observing.conftest import WatchedPlatform

__all__ = ["browser", "chromium_path"]
pytestmark = pytest.mark.browser


def test_plots_and_pipeline(watched: WatchedPlatform, browser: Any) -> None:
    watched.predict(watched.encounters(20, 7_000_000))
    asked = 'sum(rate(predict_requests_total{outcome="answered"}[1m]))'
    wait_until(lambda: (watched.value(asked) or 0) > 0, "Prometheus has seen the predictions", 60)
    visitor = Visitor(browser, watched.url("UI__PORT"))
    page = visitor.open("/en/")
    page.get_by_role("tab", name="Operations").click()
    expect(page.locator("#plots .plot-card", has_text="Time to a stored answer").locator("svg.chart")).to_have_count(
        1, timeout=120_000
    )
    drawn = page.locator("#plots .plot-card", has_text="Predictions").first
    assert drawn.locator("polyline").count() == 1
    expect(page.locator("#pipeline")).to_contain_text("create_tables", timeout=120_000)
    visitor.keep("operations")
    assert visitor.foreign_requests() == []
    assert visitor.errors == []
    visitor.context.close()
