"""A page of another origin changes nothing: its Origin is refused, and so is every media type a form could send."""

import json
from typing import NamedTuple

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.security.doors import ADMIN_KEY, Door

ENCOUNTER = json.dumps(FREQUENT_VISITOR).encode()
SOME_ID = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"


class Change(NamedTuple):
    """A request that changes something: where it goes, and what it would carry."""

    service: str
    method: str
    path: str
    media_type: str = "application/json"
    body: bytes = b"{}"


CHANGES = (
    Change("inference-service", "POST", "/predict", body=ENCOUNTER),
    Change("inference-service", "POST", "/predict/batch", "application/x-ndjson", ENCOUNTER),
    Change("inference-service", "POST", "/explain", body=ENCOUNTER),
    Change("inference-service", "POST", f"/predictions/{SOME_ID}/feedback", body=b'{"verdict": "agree"}'),
    Change("inference-service", "POST", "/outcomes", body=b'{"encounter_id": 1, "readmitted": "NO"}'),
    Change("inference-service", "POST", "/v2/models/readmission/infer", body=b'{"inputs": []}'),
    Change("inference-service", "POST", "/models/rollback", body=b'{"reason": "because"}'),
    Change("data-service", "PUT", "/consumers/x/splits/train/batches/0", body=b'{"state": "taken"}'),
    Change("data-service", "PUT", "/arrivals/2009-01", "text/csv", b"encounter_id\n1\n"),
    Change("ui", "POST", "/en/gradio_api/queue/join", body=b"{}"),
    Change("ui", "POST", "/en/gradio_api/upload", "multipart/form-data; boundary=x", b"--x--\r\n"),
    Change("metrics-exporter", "POST", "/metrics"),
)
OF_FORMS = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")
FOREIGN = ("http://evil.example", "https://127.0.0.1:1", "null", "http://localhost.evil.example", "")


@pytest.fixture(params=CHANGES, ids=lambda change: f"{change.method} {change.path.replace(SOME_ID, 'id')}")
def change(request: pytest.FixtureRequest) -> Change:
    found = request.param
    assert isinstance(found, Change)
    return found


@pytest.fixture
def service(change: Change, request: pytest.FixtureRequest) -> Door:
    names = {"inference-service": "inference", "data-service": "data", "ui": "page", "metrics-exporter": "exporter"}
    found = request.getfixturevalue(names[change.service])
    assert isinstance(found, Door)
    return found


def test_a_foreign_origin_is_refused(service: Door, change: Change) -> None:
    for origin in FOREIGN:
        headers = {"Origin": origin, "Content-Type": change.media_type, "X-API-Key": ADMIN_KEY}
        answer = service.ask(change.method, change.path, headers, change.body)
        assert answer.status == 403, (origin, answer)
        assert "urn:readmission:foreign-origin" in answer.text


def test_the_same_origin_passes_the_wall(service: Door, change: Change) -> None:
    headers = {"Origin": f"http://127.0.0.1:{service.port}", "Content-Type": change.media_type}
    answer = service.ask(change.method, change.path, headers, change.body)
    assert answer.status not in (403, 415, 421), answer


def test_what_a_form_can_send_is_refused(service: Door, change: Change) -> None:
    for media_type in OF_FORMS:
        if media_type == change.media_type:
            continue
        headers = {"Content-Type": media_type} if media_type else {}
        answer = service.ask(change.method, change.path, {**headers, "X-API-Key": ADMIN_KEY}, change.body)
        assert answer.status == 415, (media_type, answer)


def test_reading_needs_no_origin(inference: Door) -> None:
    assert inference.ask("GET", "/models", {"Origin": "http://evil.example"}).status == 200
