"""A byte a second: every route that takes a body answers 408 within its total time, others are answered meanwhile."""

import threading
import time

from tests.security.doors import ADMIN_KEY, Answer, Door, read_answer

SOME_ID = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"
ROUTES = {
    "inference-service": (
        ("POST", "/predict", "application/json"),
        ("POST", "/predict/batch", "application/x-ndjson"),
        ("POST", "/predict/batch", "text/csv"),
        ("POST", "/explain", "application/json"),
        ("POST", "/outcomes", "application/json"),
        ("POST", f"/predictions/{SOME_ID}/feedback", "application/json"),
        ("POST", "/v2/models/readmission/infer", "application/json"),
        ("POST", "/models/rollback", "application/json"),
    ),
    "data-service": (
        ("PUT", "/consumers/x/splits/train/batches/0", "application/json"),
        ("PUT", "/arrivals/2009-01", "text/csv"),
    ),
    "ui": (
        ("POST", "/en/gradio_api/queue/join", "application/json"),
        ("POST", "/en/gradio_api/upload", "multipart/form-data; boundary=x"),
    ),
    "metrics-exporter": (),
}
MOST_SECONDS = 40
"""The total time is 10 s by the service's own clock; a busy machine gets four times that."""


def drip(door: Door, method: str, path: str, media_type: str, answers: list[Answer]) -> None:
    with door.connect() as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n"
        connection.sendall(f"{head}X-API-Key: {ADMIN_KEY}\r\nContent-Length: 60000\r\n\r\n".encode())
        if media_type.startswith("multipart"):
            connection.sendall(b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n')
        connection.settimeout(1)
        began = time.monotonic()
        received = b""
        while time.monotonic() - began < MOST_SECONDS and b"\r\n\r\n" not in received:
            try:
                connection.sendall(b" ")
                part = connection.recv(1 << 16)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            if not part:
                break
            received += part
        head_, _, body = received.partition(b"\r\n\r\n")
        status = int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/1.1") else 0
        connection.settimeout(MOST_SECONDS)
        answers.append(Answer(status, head_.decode("latin-1"), body + read_answer(connection).body))


def test_a_byte_a_second_ends_with_408_on_every_route(door: Door) -> None:
    routes = ROUTES[door.name]
    answers: dict[str, list[Answer]] = {f"{route}": [] for route in routes}
    callers = [threading.Thread(target=drip, args=(door, *route, answers[f"{route}"])) for route in routes]
    for caller in callers:
        caller.start()
    assert door.ask("GET", "/healthz").status == 200
    for caller in callers:
        caller.join()
    statuses = {route: [answer.status for answer in found] for route, found in answers.items()}
    assert statuses == {f"{route}": [408] for route in routes}


def test_silence_after_a_fast_beginning_ends_too(inference: Door) -> None:
    """What came fast buys no long pause."""
    with inference.connect() as connection:
        connection.sendall(
            b"POST /predict/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
            b"Content-Length: 60000000\r\n\r\n" + b"x" * 8_000_000
        )
        answer = read_answer(connection)
    assert answer.status == 408
    assert "urn:readmission:slow-body" in answer.text
