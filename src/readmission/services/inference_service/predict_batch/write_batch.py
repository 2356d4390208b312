"""The answers to a batch in the format the caller accepts: NDJSON, a JSON array, CSV, or an Arrow stream."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from readmission.services.inference_service.predict_batch.read_batch import ARROW, CSV, JSON, MEDIA_TYPES, NDJSON
from readmission.web.media_types import choose_media_type

Line = dict[str, Any]
"""``row`` (from 1) with the prediction's fields, or with ``problem``, ``detail`` and ``errors``."""
COLUMNS = (
    "row", "prediction_id", "risk_30d", "risk_any", "decision", "threshold", "model_name", "model_version",
    "created_at", "warnings", "problem", "detail",
)  # fmt: skip


class BatchWriter(Protocol):
    """Turns lines into bytes, chunk by chunk."""

    def write(self, lines: Sequence[Line]) -> bytes:
        """The next lines."""

    def end(self) -> bytes:
        """What closes the document."""


def choose_writer(accept: str | None) -> tuple[str, BatchWriter]:
    """The media type of the answers and who writes them; NDJSON if the caller does not mind.

    Raises:
        NotAcceptableError: none of ours is accepted.
    """
    writers: dict[str, type[BatchWriter]] = {NDJSON: _Ndjson, JSON: _JsonArray, CSV: _Csv, ARROW: _Arrow}
    media_type = choose_media_type(accept, MEDIA_TYPES)
    return media_type, writers[media_type]()


class _Ndjson:
    def write(self, lines: Sequence[Line]) -> bytes:
        return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)

    def end(self) -> bytes:
        return b""


class _JsonArray:
    def __init__(self) -> None:
        self._before = b"[\n"

    def write(self, lines: Sequence[Line]) -> bytes:
        if not lines:
            return b""
        written = self._before + b",\n".join(msgspec.json.encode(line) for line in lines)
        self._before = b",\n"
        return written

    def end(self) -> bytes:
        return b"[]\n" if self._before == b"[\n" else b"\n]\n"


class _Csv:
    def __init__(self) -> None:
        self._has_header = False

    def write(self, lines: Sequence[Line]) -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        if not self._has_header:
            writer.writeheader()
            self._has_header = True
        writer.writerows(_flatten(line) for line in lines)
        return text.getvalue().encode()

    def end(self) -> bytes:
        return self.write([]) if not self._has_header else b""


class _Arrow:
    def __init__(self) -> None:
        # Imported here: a service that is never asked for Arrow does not need it.
        import nanoarrow as na
        from nanoarrow.ipc import StreamWriter

        numbers = {"row": na.int64(), "risk_30d": na.float64(), "risk_any": na.float64(), "threshold": na.float64()}
        self._types = {name: numbers.get(name, na.string()) for name in COLUMNS}
        self._sink = io.BytesIO()
        self._writer = StreamWriter.from_writable(self._sink)

    def write(self, lines: Sequence[Line]) -> bytes:
        import nanoarrow as na

        rows = [_flatten(line) for line in lines]
        columns = [na.c_array([row.get(name) for row in rows], kind) for name, kind in self._types.items()]
        batch = na.c_array_from_buffers(na.struct(self._types), len(rows), [None], children=columns)
        self._writer.write_array(batch)
        return self._take()

    def end(self) -> bytes:
        self._writer.close()
        return self._take()

    def _take(self) -> bytes:
        written = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return written


def _flatten(line: Line) -> Line:
    """A line with its field problems put into ``detail`` and its warnings in words, for formats without lists."""
    if "problem" not in line:
        if not line["warnings"]:
            return {**line, "warnings": None}
        return {**line, "warnings": "; ".join(f"{each['field']} {each['warning']}" for each in line["warnings"])}
    fields = "; ".join(f"{error['field']} {error['problem']}" for error in line["errors"])
    detail = f"{line['detail']}: {fields}" if fields else line["detail"]
    return {"row": line["row"], "problem": line["problem"], "detail": detail}
