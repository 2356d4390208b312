"""Hurried hands: double clicks, pasted text, going back, edits and reloads while an answer is on its way."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_diagnosis_search import fill_usual
from tests.browser.test_ward_list import score, write_list
from tests.integration.inference_service.conftest import Service

pytestmark = pytest.mark.browser


class Held:
    """Requests to a path that reach the server only when they are let go."""

    def __init__(self, page: Any, path: str) -> None:
        self._routes: list[Any] = []
        self._page = page
        self._pattern = f"**/{path}"
        page.route(self._pattern, lambda route: self._routes.append(route))

    def wait(self, count: int = 1) -> None:
        while len(self._routes) < count:
            self._page.wait_for_timeout(20)

    def let_go(self, number: int) -> None:
        self._routes[number].continue_()


def test_a_double_click_asks_once(visit: Any, inference: Service) -> None:
    page = fill_usual(visit())
    before = inference.stored_ids()
    page.locator("#assess").dblclick()
    page.locator("#result .card.result").wait_for()
    page.locator("#assess:not([aria-busy])").wait_for()
    assert len(inference.stored_ids() - before) == 1


def test_a_double_click_on_agree_is_stored_once(visit: Any, inference: Service) -> None:
    page = fill_usual(visit())
    page.locator("#assess").click()
    page.locator("#agree").dblclick()
    page.locator("#feedback-note .good").wait_for()
    prediction = page.locator("#answer-body").get_attribute("data-prediction")
    assert len(inference.client.get(f"/predictions/{prediction}/feedback").json()) == 1


def test_a_page_of_text_pasted_into_a_diagnosis_is_named_beside_it(visit: Any, inference: Service) -> None:
    page = fill_usual(visit())
    stored = inference.stored_ids()
    page.locator("#field-diag_2 input").fill("Discharge letter: CHF, DM2, HTN. " * 20)
    page.locator("#assess").click()
    page.locator("#result .card.problem").wait_for()
    assert page.locator("#error-diag_2").inner_text()
    assert "does not answer" not in page.locator("#result").inner_text()
    assert inference.stored_ids() == stored


def test_an_edit_while_the_answer_is_on_its_way_makes_it_stale(visit: Any) -> None:
    page = fill_usual(visit())
    held = Held(page, "patient/assess")
    page.locator("#assess").click()
    held.wait()
    page.locator("#control-time_in_hospital").fill("9")
    held.let_go(0)
    page.locator("#result .card.result").wait_for()
    expect(page.locator("#stale-note")).to_be_visible()


def test_a_reload_while_the_answer_is_on_its_way_starts_afresh(visit: Any) -> None:
    visitor: Visitor = visit()
    page = fill_usual(visitor)
    held = Held(page, "patient/assess")
    page.locator("#assess").click()
    held.wait()
    page.unroute_all()
    page.reload()
    page.locator("#assess").wait_for()
    assert page.locator("#control-time_in_hospital").input_value() == ""
    assert page.locator("#result .card.result").count() == 0
    fill_usual(visitor)
    page.locator("#assess").click()
    page.locator("#result .card.result").wait_for()


def test_going_back_shows_no_answer_of_another_form(visit: Any) -> None:
    page = fill_usual(visit())
    page.locator("#assess").click()
    page.locator("#result .card.result").wait_for()
    page.locator("#header a[lang=es]").click()
    page.locator("#header .chip:not(.off)").wait_for()
    page.go_back()
    page.locator("#assess").wait_for()
    answered = page.locator("#result .card.result").count() == 1
    filled = page.locator("#control-time_in_hospital").input_value() == "5"
    assert answered == filled


def test_the_first_patients_reasons_never_stand_under_the_second(visit: Any, tmp_path: Path) -> None:
    page = visit().open()
    score(page, write_list(tmp_path / "ward.csv"))
    held = Held(page, "patient/reasons/*")
    rows = page.locator("#ward-table .open")
    rows.nth(0).click()
    held.wait(1)
    page.keyboard.press("Escape")
    rows.nth(5).click()
    held.wait(2)
    held.let_go(1)
    page.locator("#ward-reasons tbody tr").first.wait_for()
    second = page.locator("#ward-why").inner_html()
    with page.expect_response("**/patient/reasons/*"):
        held.let_go(0)
    page.wait_for_timeout(200)
    assert page.locator("#ward-why").inner_html() == second


def test_a_new_lists_rows_are_not_those_of_the_last_one(visit: Any, tmp_path: Path) -> None:
    page = visit().open()
    score(page, write_list(tmp_path / "first.csv"))
    assert "first.csv" in page.locator("#ward-summary").inner_text()
    page.locator("#ward-file input[type=file]").set_input_files(write_list(tmp_path / "second.csv"))
    expect(page.locator("#ward-results")).to_be_hidden()
    held = Held(page, "ward/score")
    page.locator("#ward-start").click()
    held.wait()
    expect(page.locator("#ward-results")).to_be_hidden()
    held.let_go(0)
    page.locator("#ward-summary .figures").wait_for()
    assert "second.csv" in page.locator("#ward-summary").inner_text()


def test_a_list_that_breaks_off_says_so(visit: Any, tmp_path: Path) -> None:
    page = visit().open()
    page.route("**/ward/score", lambda route: route.fulfill(status=200, body='{"done": 5, "of": 10}\n'))
    score(page, write_list(tmp_path / "ward.csv"))
    expect(page.locator("#ward-summary [role=alert]")).to_contain_text("does not answer")
