"""How much of a request is waited for: all of its body, and nothing after it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from readmission.errors import BodyTooLargeError
from readmission.services.inference_service.predict.endpoint import read_body
from readmission.settings import HttpSettings

END = {"type": "http.request", "body": b"", "more_body": False}


def part(body: bytes) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": True}


def read(messages: Sequence[dict[str, Any]], length: int | None = None, max_bytes: int = 100) -> tuple[bytes, int]:
    """The body, and how many of the messages were taken."""
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    return asyncio.run(read_body(receive, HttpSettings.model_construct(max_body_bytes=max_bytes), length)), len(
        messages
    ) - len(waiting)


def test_with_its_length_known_the_end_is_not_waited_for() -> None:
    assert read([part(b"abcd"), END], length=4) == (b"abcd", 1)


def test_a_body_in_parts_is_read_to_its_end() -> None:
    assert read([part(b"ab"), part(b"cd"), END], length=4)[0] == b"abcd"
    assert read([part(b"ab"), part(b""), part(b"cd"), END]) == (b"abcd", 4)


def test_no_body_at_all() -> None:
    assert read([END], length=0) == (b"", 1)
    assert read([END]) == (b"", 1)


def test_a_body_too_long_is_refused_whatever_was_said_of_it() -> None:
    for length in (None, 5, 4, 0):
        with pytest.raises(BodyTooLargeError):
            read([part(b"abc"), part(b"de"), END], length=length, max_bytes=4)
