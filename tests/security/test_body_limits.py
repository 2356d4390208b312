"""A body is refused once it is longer than its route takes, with its length told or not; memory stays as it was."""

import psutil
import pytest

from readmission.settings import HttpSettings
from tests.security.doors import ADMIN_KEY, Answer, Door, read_answer

SOME_ID = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"
RECORD, LIST = HttpSettings().max_body_bytes, HttpSettings().max_list_bytes
SENT_BYTES = 300 * 1024 * 1024
MOST_MEMORY_BYTES = 100 * 1024 * 1024
INFERENCE = {
    "/predict": RECORD,
    "/explain": RECORD,
    "/models/rollback": RECORD,
    f"/predictions/{SOME_ID}/feedback": RECORD,
    "/outcomes": LIST,
    "/v2/models/readmission/infer": LIST,
}


def send_chunks(door: Door, method: str, path: str, most: int) -> tuple[Answer, int]:
    """A body in chunks, as long as the service takes it; and how much of it was sent."""
    part = b"10000\r\n" + b"[" + b" " * 65_535 + b"\r\n"
    sent = 0
    with door.connect() as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"X-API-Key: {ADMIN_KEY}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        try:
            while sent < most:
                connection.sendall(part)
                sent += 65_536
        except ConnectionError:
            pass
        return read_answer(connection), sent


def memory_of(door: Door) -> int:
    """Resident bytes of the service with its workers."""
    listener = next(
        found.pid
        for found in psutil.net_connections("tcp")
        if found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == door.port and found.pid
    )
    process = psutil.Process(listener)
    parent = process.parent()
    family = [process, *process.children()]
    if parent is not None and parent.pid != psutil.Process().pid:
        family.append(parent)
    return sum(each.memory_info().rss for each in family)


@pytest.mark.parametrize("path", INFERENCE)
def test_a_body_one_byte_too_long_is_refused(inference: Door, path: str) -> None:
    headers = {"Content-Type": "application/json", "X-API-Key": ADMIN_KEY}
    too_long = inference.ask("POST", path, headers, b"[" + b" " * INFERENCE[path])
    assert too_long.status == 413, too_long
    assert "urn:readmission:body-too-large" in too_long.text
    fits = inference.ask("POST", path, headers, b"[" + b" " * (INFERENCE[path] - 1))
    assert fits.status not in (413, 500), fits


@pytest.mark.parametrize("path", INFERENCE)
def test_an_endless_body_fills_no_memory(inference: Door, path: str) -> None:
    before = memory_of(inference)
    _, sent = send_chunks(inference, "POST", path, SENT_BYTES)
    assert sent < SENT_BYTES, "all of it was taken"
    assert memory_of(inference) - before < MOST_MEMORY_BYTES


def test_an_endless_body_for_the_other_services(door: Door) -> None:
    before = memory_of(door)
    path = "/en/gradio_api/queue/join" if door.name == "ui" else "/consumers/x/splits/train/batches/0"
    _, sent = send_chunks(door, "POST" if door.name == "ui" else "PUT", path, SENT_BYTES)
    assert sent < SENT_BYTES, "all of it was taken"
    assert memory_of(door) - before < MOST_MEMORY_BYTES


def test_a_body_is_not_read_before_the_key_was_seen(inference: Door) -> None:
    """The caller without a key is refused at once, though its body never comes."""
    with inference.connect() as connection:
        connection.sendall(
            b"POST /models/rollback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Connection: close\r\nContent-Length: 60000\r\n\r\n"
        )
        assert read_answer(connection).status == 401
