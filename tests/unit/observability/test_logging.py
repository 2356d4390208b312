"""Logs are JSON lines that carry the request id."""

import json
import logging

from readmission.observability.logging import JsonFormatter, request_id


def render(record: logging.LogRecord) -> dict[str, object]:
    line = JsonFormatter("data-service").format(record)
    assert "\n" not in line
    decoded = json.loads(line)
    assert isinstance(decoded, dict)
    return decoded


def test_a_line_has_service_message_extra_and_request_id() -> None:
    record = logging.makeLogRecord(
        {"name": "n", "levelname": "INFO", "msg": "took %d\nlines", "args": (3,), "split": "train"}
    )
    token = request_id.set("abc")
    try:
        line = render(record)
    finally:
        request_id.reset(token)
    assert (line["service"], line["message"], line["split"], line["request_id"]) == (
        "data-service",
        "took 3\nlines",
        "train",
        "abc",
    )
    assert "request_id" not in render(record)


def test_an_exception_is_kept_on_one_line() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        import sys

        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    assert "ValueError: broken" in str(render(record)["exception"])
