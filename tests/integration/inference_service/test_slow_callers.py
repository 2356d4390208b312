"""Callers who send too slowly, or too much, are cut off; the others are answered meanwhile."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from readmission.settings import HttpSettings
from tests.integration.inference_service.conftest import Registry, Service, StartService
from tests.small_model import SmallModel

HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
PATIENCE_SECONDS = 60
"""After that the service has not cut anyone off: the test fails. It cuts off after 10 s, by its own clock."""


@pytest.fixture
def service(make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]) -> Service:
    registry.make_live("slow", registry.register(models(0.0)))
    return make_service("slow").start()


@contextmanager
def call(service: Service, start: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(start)
        yield connection


def drip(connection: socket.socket, piece: bytes) -> bytes:
    """Send a piece twice a second until the service has had enough; gives what it answered."""
    connection.settimeout(0.5)
    answered = b""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            connection.sendall(piece)
            received = connection.recv(65_536)
        except TimeoutError:
            continue
        except ConnectionError:
            return answered
        if not received:
            return answered
        answered += received
        if b"\r\n\r\n" in answered:
            return answered
    pytest.fail("a caller who sends a little for ever was never cut off")


def test_slow_headers_are_cut_off_and_others_are_answered(service: Service) -> None:
    with call(service, HEAD) as connection:
        assert service.predict(FREQUENT_VISITOR).status_code == 200
        answered = drip(connection, b"X-More: yes\r\n")
    assert not answered.startswith(b"HTTP/1.1 200")
    assert service.predict(FREQUENT_VISITOR).status_code == 200
    assert len(service.stored_ids()) == 2


def test_a_slow_body_gets_408(service: Service) -> None:
    body = json.dumps(FREQUENT_VISITOR).encode()
    with call(service, HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[:10]) as connection:
        answered = drip(connection, b" ")
    assert answered.startswith(b"HTTP/1.1 408"), answered[:200]
    assert b"urn:readmission:slow-body" in answered
    assert f"{HttpSettings().body_seconds:g} s".encode() in answered
    assert service.stored_ids() == set()


def test_headers_without_end_are_refused(service: Service) -> None:
    """They are never kept: the connection ends, and the next caller is answered."""
    with call(service, HEAD) as connection:
        try:
            for _ in range(2_000):  # 16 MB
                connection.sendall(b"X-More: " + b"x" * 8_000 + b"\r\n")
            answered = connection.recv(65_536)
        except ConnectionError:
            answered = b""
    assert not answered.startswith(b"HTTP/1.1 200")
    assert service.predict(FREQUENT_VISITOR).status_code == 200
