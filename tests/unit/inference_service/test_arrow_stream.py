"""Our Arrow reader beside pyarrow: what pyarrow reads we read alike, and a broken stream is an error, never a crash."""

import io
import tempfile
from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readmission.services.inference_service.predict_batch.arrow_metadata import BrokenArrowError
from readmission.services.inference_service.predict_batch.arrow_stream import ArrowStream

TEXT = st.none() | st.sampled_from(["", "No", "[70-80)", "Ünïcode ✓", "longer than the twelve bytes of a view"])
TYPES: dict[str, Any] = {
    "string": pa.string(),
    "large_string": pa.large_string(),
    "string_view": pa.string_view(),
    "dictionary": pa.dictionary(pa.int8(), pa.string()),
    "large_dictionary": pa.dictionary(pa.uint32(), pa.large_string()),
    "int8": pa.int8(),
    "uint16": pa.uint16(),
    "int64": pa.int64(),
    "null": pa.null(),
}
Rows = list[tuple[Any, ...]]


def serialise(table: pa.Table, rows_a_batch: int) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows_a_batch)
    return sink.getvalue()


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Streams of a few columns of every type, with missing values, in one or more batches."""
    rows = draw(st.integers(0, 40))
    columns = {}
    for number, name in enumerate(draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=5))):
        kind = TYPES[name]
        numbers = st.none() | st.integers(0, 100)
        cell = st.none() if pa.types.is_null(kind) else numbers if pa.types.is_integer(kind) else TEXT
        values = draw(st.lists(cell, min_size=rows, max_size=rows))
        columns[f"c{number}"] = (
            pa.array(values, pa.string()).dictionary_encode().cast(kind)
            if (pa.types.is_dictionary(kind))
            else pa.array(values, kind)
        )
    return serialise(pa.table(columns), draw(st.integers(1, 50)))


@st.composite
def broken_streams(draw: st.DrawFn) -> bytes:
    """Streams cut off, or with bytes and whole numbers replaced where lengths and offsets may lie."""
    content = bytearray(draw(streams()))
    if draw(st.booleans()):
        del content[draw(st.integers(0, len(content))) :]
    extremes = st.sampled_from([0, 1, -1, 12, 100_000, 2**30, 2**31 - 1, -(2**31)])
    for _ in range(draw(st.integers(0, 6))):
        if len(content) < 8:
            break
        place = draw(st.integers(0, len(content) - 8))
        if draw(st.booleans()):
            content[place] = draw(st.integers(0, 255))
        else:
            size = draw(st.sampled_from([4, 8]))
            content[place & ~3 : (place & ~3) + size] = draw(extremes).to_bytes(size, "little", signed=True)
    return bytes(content)


def read_ours(content: bytes) -> Rows | None:
    """The rows; None where the stream is refused."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        try:
            stream = ArrowStream(file)
            if stream.unreadable:
                return None
            rows = []
            for row in stream.read_rows():
                rows.append(row)
                assert len(rows) < 1_000_000, "more rows than an upload may have"
            return rows
        except BrokenArrowError:
            return None


def read_theirs(content: bytes) -> Rows | None:
    """The same by pyarrow, with all its checks."""
    try:
        rows: Rows = []
        for batch in pa.ipc.open_stream(content):
            batch.validate(full=True)
            rows += zip(*(column.to_pylist() for column in batch.columns), strict=True)
        return rows
    except (pa.ArrowException, OSError, UnicodeDecodeError, IndexError):
        return None


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(streams())
def test_what_pyarrow_writes_is_read_alike(content: bytes) -> None:
    ours = read_ours(content)
    assert ours is not None
    assert ours == read_theirs(content)


def check_broken(content: bytes) -> None:
    ours, theirs = read_ours(content), read_theirs(content)
    if ours is not None and theirs is not None:  # the damage did no harm, or changed a value: for both the same
        assert ours == theirs


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(broken_streams())
def test_a_broken_stream_is_refused_or_read_alike(content: bytes) -> None:
    check_broken(content)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=10_000, deadline=None, database=None)
@given(broken_streams())
def test_ten_thousand_broken_streams(content: bytes) -> None:
    check_broken(content)


def test_polars_streams_are_read() -> None:
    frame = pl.DataFrame({"age": ["[0-10)", None, "a text longer than twelve bytes"], "days": [1, None, 3]})
    frame = frame.with_columns(race=pl.Series(["Asian", "Other", "Asian"], dtype=pl.Categorical))
    sink = io.BytesIO()
    frame.write_ipc_stream(sink)
    assert read_ours(sink.getvalue()) == frame.rows()


REFUSED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"no arrow at all, but long enough for a header",
    "no schema": lambda: b"\xff\xff\xff\xff\x00\x00\x00\x00",
    "cut off": lambda: serialise(pa.table({"a": ["x"] * 9}), 9)[:-60],
    "compressed": lambda: _compress(pa.table({"a": ["x"] * 9})),
    "an index outside its dictionary": lambda: serialise(
        pa.table({"a": pa.DictionaryArray.from_arrays(pa.array([0, 7], pa.int8()), ["x"], safe=False)}), 9
    ),
}


def _compress(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return sink.getvalue()


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    assert read_ours(REFUSED[name]()) is None


def test_types_that_are_neither_text_nor_whole_numbers_are_told() -> None:
    table = pa.table({"age": ["x"], "score": [0.5], "parts": [[1]], "when": pa.array([0], pa.date32())})
    with tempfile.TemporaryFile() as file:
        file.write(serialise(table, 1))
        file.flush()
        found = [(field.name, field.kind) for field in ArrowStream(file).unreadable]
    assert found == [("score", "float"), ("parts", "list"), ("when", "date")]
