"""What every answer tells the browser: no guessing of types, nothing kept, nothing from elsewhere."""

import json

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.security.doors import Answer, Door

JSON = {"Content-Type": "application/json"}


def headers_of(answer: Answer) -> dict[str, str]:
    pairs = (line.partition(":") for line in answer.head.split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


@pytest.mark.parametrize("path", ["/en/", "/es/config", "/en/theme.css", "/nothing"])
def test_the_page_loads_nothing_from_elsewhere_and_is_framed_by_nobody(page: Door, path: str) -> None:
    headers = headers_of(page.ask("GET", path))
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_answers_about_patients_are_not_kept(inference: Door) -> None:
    encounter = json.dumps(FREQUENT_VISITOR).encode()
    prediction = inference.ask("POST", "/predict", JSON, encounter)
    assert prediction.status == 200
    answers = [
        prediction,
        inference.ask("GET", f"/predictions/{json.loads(prediction.body)['prediction_id']}"),
        inference.ask("POST", "/predict/batch", JSON, b"[" + encounter + b"]"),
        inference.ask("POST", "/predict", JSON, b"{}"),
        inference.ask("GET", "/nothing"),
        inference.ask("GET", "/models", host="elsewhere.example"),
    ]
    for answer in answers:
        assert headers_of(answer)["cache-control"] == "no-store"
        assert headers_of(answer)["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("service", ["inference", "page", "data", "exporter"])
@pytest.mark.parametrize("method", ["TRACE", "TRACK"])
def test_no_method_gives_a_request_back(service: str, method: str, request: pytest.FixtureRequest) -> None:
    door: Door = request.getfixturevalue(service)
    answer = door.ask(method, "/healthz", {"X-Mark": "echo-me"})
    assert answer.status in (400, 403, 404, 405, 501)
    assert "echo-me" not in answer.head + answer.text
