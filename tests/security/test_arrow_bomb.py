"""A few bytes that stand for half a million rows: the answer stays in proportion to what was sent."""

import io

import pyarrow as pa
import pytest

from readmission.contract.encounter import COLUMNS
from readmission.services.inference_service.predict_batch.endpoint import BYTES_A_PROBLEM, FEWEST_NAMED, FEWEST_ROWS
from tests.security.doors import Door

ARROW, NDJSON, CSV, JSON = "application/vnd.apache.arrow.stream", "application/x-ndjson", "text/csv", "application/json"
NAMES = [column.name for column in COLUMNS if column.kind != "target"]
MOST_BYTES_A_LINE, MOST_BYTES_A_PROBLEM = 120, 250


def stream(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def most_bytes(sent: bytes, rows: int) -> int:
    """A line for each row, and a problem named for so many bytes."""
    return MOST_BYTES_A_LINE * rows + MOST_BYTES_A_PROBLEM * (FEWEST_NAMED + len(sent) // BYTES_A_PROBLEM)


def test_half_a_million_rows_of_nothing_are_refused(inference: Door) -> None:
    body = stream(pa.table({name: pa.nulls(500_000) for name in NAMES}))
    assert len(body) < 20_000
    answer = inference.ask("POST", "/predict/batch", {"Content-Type": ARROW}, body)
    assert answer.status == 413, answer.text[:200]
    assert "cannot hold more than" in answer.text
    assert len(answer.body) < 1_000


def test_as_many_rows_of_nothing_as_are_read_are_answered_briefly(inference: Door) -> None:
    body = stream(pa.table({name: pa.nulls(FEWEST_ROWS) for name in NAMES}))
    answer = inference.ask("POST", "/predict/batch", {"Content-Type": ARROW}, body)
    assert answer.status == 200
    assert answer.text.count("\n") == FEWEST_ROWS
    assert len(answer.body) < most_bytes(body, FEWEST_ROWS)


@pytest.mark.parametrize(
    ("media_type", "body", "rows"),
    [
        (NDJSON, b"{}\n" * 300_000, 0),
        (JSON, b"[" + b",".join([b"{}"] * 300_000) + b"]", 0),
        (CSV, ",".join(NAMES).encode() + b"\n" + b",\n" * 300_000, 0),
        (NDJSON, (b"{}" + b" " * 40 + b"\n") * 100_000, 100_000),
    ],
    ids=["ndjson", "json", "csv", "ndjson of blanks"],
)
def test_short_rows_of_other_formats(inference: Door, media_type: str, body: bytes, rows: int) -> None:
    answer = inference.ask("POST", "/predict/batch", {"Content-Type": media_type}, body)
    assert answer.status == (200 if rows else 413), answer.text[:200]
    assert len(answer.body) < most_bytes(body, rows)


def test_a_second_stream_is_refused_not_dropped(inference: Door) -> None:
    body = stream(pa.table({name: pa.nulls(3) for name in NAMES}))
    for more in (body, b"\0", b"\xff\xff\xff\xff\0\0\0\0"):
        answer = inference.ask("POST", "/predict/batch", {"Content-Type": ARROW}, body + more)
        assert answer.status == 400, answer.text[:200]
        assert "something follows its end" in answer.text
