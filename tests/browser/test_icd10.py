"""The page in ICD-10: diagnoses found by name in both languages, sent with their system, kept as they were chosen."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import expect

from readmission.contract.examples import FREQUENT_VISITOR
from tests.browser.conftest import Visitor
from tests.browser.test_diagnosis_search import fill_usual, type_into
from tests.browser.test_ward_list import score
from tests.integration.inference_service.conftest import Service

pytestmark = pytest.mark.browser
ENGLISH: dict[str, str | None] = {
    "CHF": "I50", "I50.9": "I50", "E11.65": "E1165", "e1165": "E1165", "J449": "J449", "S72.001A": "S72.001A",
    "Type 2 diabetes mellitus with hyperglycemia": "E1165", "heart failure": "I50",
    "diabetes": "E119", "428.0": None, "xyzzy": None,
}  # fmt: skip
SPANISH: dict[str, str | None] = {"ICC": "I50", "HTA": "I10", "insuficiencia cardíaca": "I50", "qwerty": None}


def switch(page: Any, title: str) -> None:
    page.locator("#diagnosis_system").get_by_text(title, exact=True).click()


def sent(visitor: Visitor) -> dict[str, Any]:
    with visitor.page.expect_request(lambda request: request.url.endswith("/patient/assess")) as asking:
        visitor.assess()
    values: dict[str, Any] = asking.value.post_data_json["values"]
    return values


@pytest.mark.parametrize(("language", "title", "typed"), [("en", "ICD-10", ENGLISH), ("es", "CIE-10", SPANISH)])
def test_what_is_typed_is_found_in_icd10(visit: Any, language: str, title: str, typed: dict[str, str | None]) -> None:
    visitor: Visitor = visit()
    page = visitor.open(f"/{language}/")
    switch(page, title)
    wrong = []
    for text, code in typed.items():
        box = page.locator("#field-diag_1 input")
        box.fill("")
        box.press_sequentially(text)
        page.wait_for_function(
            "() => !document.querySelector('#field-diag_1 [role=listbox]').hidden"
            " || document.querySelector('#field-diag_1 .error').textContent"
        )
        box.press("Tab")
        values = sent(visitor)
        assert values["diagnosis_system"] == "icd10cm"
        error = page.locator("#error-diag_1").inner_text()
        if (values["diag_1"], error) != (code, "") if code else not error:
            wrong.append((text, values["diag_1"], error))
    assert wrong == []


def test_a_patient_in_icd10_is_stored_as_chosen(visit: Any, inference: Service) -> None:
    visitor: Visitor = visit()
    page = fill_usual(visitor)
    switch(page, "ICD-10")
    expect(page.locator("#field-diag_1 input")).to_have_value("")  # the code of the other system is gone
    for field, typed in (("diag_1", "I50.9"), ("diag_2", "J44.9"), ("diag_3", "I50.9")):
        type_into(page, field, typed, "Enter")
    assert sent(visitor)["diag_3"] == "I50"
    page.get_by_text("The same diagnosis is entered twice").first.wait_for()
    type_into(page, "diag_3", "E1165", "Enter")
    visitor.assess()
    page.locator("#result .card.result").wait_for()
    found = page.locator("#answer-body").get_attribute("data-prediction")
    stored = inference.client.get(f"/predictions/{found}").json()["encounter"]
    assert {name: stored[name] for name in ("diag_1", "diag_2", "diag_3", "diagnosis_system")} == {
        "diag_1": "I50", "diag_2": "J449", "diag_3": "E1165", "diagnosis_system": "icd10cm",
    }  # fmt: skip
    assert re.search(r"can mean several ICD-9 codes.*Second diagnosis", page.locator("#result").inner_text())
    reasons = page.locator("#reasons").inner_text()
    assert "I50 Heart failure" in reasons or "E11.65" in reasons
    visitor.keep("patient-icd10")
    page.locator("#reset").click()
    assert page.locator("#diagnosis_system input:checked").get_attribute("value") == "icd9cm"


def test_a_ward_list_takes_both_systems(visit: Any, inference: Service, tmp_path: Path) -> None:
    in_icd10 = {**FREQUENT_VISITOR, "diag_1": "I50.9", "diag_2": "J449", "diag_3": None, "diagnosis_system": "icd10cm"}
    rows = [in_icd10, {**FREQUENT_VISITOR, "diagnosis_system": None}, {**in_icd10, "diag_1": "428.0"}]
    for kind in ("csv", "parquet"):
        page = visit().open()
        path = tmp_path / f"ward.{kind}"
        frame = pl.DataFrame([{"encounter_id": number, **row} for number, row in enumerate(rows, start=1)])
        frame.write_csv(path, null_value="?") if kind == "csv" else frame.write_parquet(path)
        before = len(inference.stored_ids())
        score(page, path)
        page.locator("#ward-problem-table").get_by_text("looks like an ICD-9-CM code").wait_for()
        assert len(inference.stored_ids()) == before + 2
