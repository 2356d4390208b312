"""A caller that hangs up is counted as 499: no error of ours, and no traceback in the log."""

import json
import re
import socket
import struct

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.integration.inference_service.conftest import wait_until
from tests.security.doors import ADMIN_KEY, Door

SOME_ID = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"
JSON, CSV, NDJSON = "application/json", "text/csv", "application/x-ndjson"
INFERENCE = {
    "/predict": JSON,
    "/predict/batch": CSV,
    "/explain": JSON,
    f"/predictions/{SOME_ID}/feedback": JSON,
    "/outcomes": JSON,
    "/v2/models/readmission/infer": JSON,
    "/models/rollback": JSON,
}


def count(door: Door, status: str) -> float:
    """Requests of the service that ended with a status."""
    text = door.ask("GET", "/metrics").text
    found = re.findall(r"^http_requests_total\{(.*)\} ([0-9.e+]+)$", text, re.MULTILINE)
    return sum(float(value) for labels, value in found if re.search(f'status="{status}"', labels))


def hang_up(door: Door, method: str, path: str, media_type: str) -> None:
    """Send half of a body, then end the connection the hard way."""
    with door.connect() as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n"
        connection.sendall(f"{head}X-API-Key: {ADMIN_KEY}\r\nContent-Length: 6000\r\n\r\n".encode() + b'{"race"')
        # An answer with "100" would mean that the service reads; here the probe does: it is answered after the head.
        assert door.ask("GET", "/healthz").status == 200
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def check_counted(door: Door, method: str, path: str, media_type: str) -> None:
    gone, failed, logged = count(door, "499"), count(door, "5.."), len(door.log.read_text())
    hang_up(door, method, path, media_type)
    wait_until(lambda: count(door, "499") == gone + 1, f"{path}: counted as 499")
    assert count(door, "5..") == failed
    assert "Traceback" not in door.log.read_text()[logged:]


@pytest.mark.parametrize("path", INFERENCE)
def test_within_the_body(inference: Door, path: str) -> None:
    check_counted(inference, "POST", path, INFERENCE[path])


def test_within_an_arrival(data: Door) -> None:
    check_counted(data, "PUT", "/arrivals/2009-02", CSV)


def test_within_the_answer(inference: Door) -> None:
    """The answer is larger than what the sockets hold; the caller leaves after its first bytes."""
    failed, logged = count(inference, "5.."), len(inference.log.read_text())
    rows = b"\n".join([json.dumps(FREQUENT_VISITOR).encode()] * 20_000)
    head = f"POST /predict/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: {NDJSON}\r\n"
    head += f"Content-Length: {len(rows)}\r\n\r\n"
    with inference.connect() as connection:
        connection.sendall(head.encode() + rows)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_until(lambda: '"route": "/predict/batch"' in inference.log.read_text()[logged:], "the request ended")
    assert count(inference, "5..") == failed
    assert "Traceback" not in inference.log.read_text()[logged:]


@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_before_the_answer(inference: Door, path: str) -> None:
    failed, logged = count(inference, "5.."), len(inference.log.read_text())
    body = json.dumps(FREQUENT_VISITOR).encode()
    for _ in range(20):
        with inference.connect() as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {JSON}\r\n"
            head += f"Content-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert inference.ask("GET", "/readyz").status == 200
    assert count(inference, "5..") == failed
    assert "Traceback" not in inference.log.read_text()[logged:]
