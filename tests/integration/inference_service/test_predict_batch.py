"""POST /predict/batch against a running service: every format, every row stored, bad rows named, memory bounded."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest

from readmission.contract.encounter import INPUT_COLUMNS
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry, Service, StartService, services
from tests.small_model import SmallModel, made_up_encounters

ROWS = 2_300  # three chunks
LIMIT_BYTES, LIMIT_ROWS = 64 * 1024 * 1024, 40_000
NDJSON, JSON, CSV = "application/x-ndjson", "application/json", "text/csv"
ARROW = "application/vnd.apache.arrow.stream"


@pytest.fixture(scope="module")
def service(
    serving_database: RunningPostgres,
    registry: Registry,
    models: Callable[[float], SmallModel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    registry.make_live("batch", registry.register(models(0.0)))
    limits = {"MAX_UPLOAD_BYTES": str(LIMIT_BYTES), "MAX_UPLOAD_ROWS": str(LIMIT_ROWS)}
    settings = {f"READMISSION_INFERENCE_SERVICE__{name}": value for name, value in limits.items()}
    with services(serving_database, registry, tmp_path_factory.mktemp("batch")) as make:
        yield make("batch", **settings).start()


@pytest.fixture(scope="module")
def encounters() -> list[dict[str, Any]]:
    rows = made_up_encounters(ROWS, seed=7)
    return [{**row, "encounter_id": 10_000 + number} for number, row in enumerate(rows)]


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows({key: "?" if value is None else value for key, value in row.items()} for row in rows)
    return text.getvalue().encode()


def as_arrow(rows: list[dict[str, Any]]) -> bytes:
    table = pa.Table.from_pylist(rows)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def as_body(rows: list[dict[str, Any]], media_type: str) -> bytes:
    if media_type == CSV:
        return as_csv(rows)
    if media_type == ARROW:
        return as_arrow(rows)
    if media_type == JSON:
        return json.dumps(rows).encode()
    return b"\n".join(json.dumps(row).encode() for row in rows)


def send(service: Service, body: bytes, media_type: str, accept: str = NDJSON) -> Any:
    headers = {"content-type": media_type, "accept": accept}
    return service.client.post("/predict/batch", content=body, headers=headers, timeout=60)


def lines_of(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def stored(service: Service) -> dict[str, tuple[Any, ...]]:
    columns = "prediction_id::text, risk_30d, risk_any, decision, encounter_id, encounter, request_id"
    return {row[0]: row[1:] for row in service.stored_rows(columns)}


@pytest.mark.parametrize("media_type", [NDJSON, JSON, CSV, ARROW])
def test_every_row_of_every_format_is_answered_in_order_and_stored(
    service: Service, encounters: list[dict[str, Any]], media_type: str
) -> None:
    lines = lines_of(send(service, as_body(encounters, media_type), media_type))
    assert [line["row"] for line in lines] == list(range(1, ROWS + 1))
    rows = stored(service)
    for line, encounter in zip(lines, encounters, strict=True):
        soon, ever, decision, encounter_id, kept, _ = rows[line["prediction_id"]]
        assert (soon, ever, decision) == (line["risk_30d"], line["risk_any"], line["decision"])
        assert encounter_id == encounter["encounter_id"]
        wanted = {column.name: encounter[column.name] for column in INPUT_COLUMNS}
        assert kept == {key: value for key, value in wanted.items() if key not in ("encounter_id", "patient_nbr")}
    alone = service.predict(encounters[5]).json()
    assert lines[5]["risk_30d"] == pytest.approx(alone["risk_30d"], abs=1e-6)


def test_answers_come_in_the_format_that_is_accepted(service: Service, encounters: list[dict[str, Any]]) -> None:
    few = [*encounters[:3], {**encounters[3], "age": "old"}]
    body = as_body(few, NDJSON)
    as_json = send(service, body, NDJSON, JSON).json()
    assert [line["row"] for line in as_json] == [1, 2, 3, 4]
    table = list(csv.DictReader(io.StringIO(send(service, body, NDJSON, CSV).text)))
    assert [row["risk_30d"] for row in table] == [*(str(line["risk_30d"]) for line in as_json[:3]), ""]
    assert table[3]["problem"] == "invalid-input"
    assert "age is not an allowed value" in table[3]["detail"]
    arrow = pa.ipc.open_stream(send(service, body, NDJSON, ARROW).content).read_all().to_pylist()
    assert [row["risk_30d"] for row in arrow[:3]] == [line["risk_30d"] for line in as_json[:3]]
    assert send(service, body, NDJSON, "image/png").status_code == 406


@pytest.mark.parametrize("media_type", [NDJSON, JSON, CSV])
def test_bad_rows_are_named_and_the_rest_is_answered(
    service: Service, encounters: list[dict[str, Any]], media_type: str
) -> None:
    few = [dict(row) for row in encounters[:5]]
    few[1]["time_in_hospital"] = 99
    few[3]["discharge_disposition_id"] = 11
    before = len(service.stored_ids())
    lines = lines_of(send(service, as_body(few, media_type), media_type))
    assert ["prediction_id" in line for line in lines] == [True, False, True, False, True]
    assert lines[1]["errors"][0]["field"] == "time_in_hospital"
    assert lines[1]["errors"][0]["problem"] == "is out of range"
    assert lines[3]["problem"] == "not-eligible"
    assert len(service.stored_ids()) == before + 3


def test_rows_that_are_no_rows_are_named_too(service: Service, encounters: list[dict[str, Any]]) -> None:
    good = json.dumps(encounters[0]).encode()
    long = b'{"race": "' + b"x" * 100_000 + b'"}'
    lines = lines_of(send(service, b"\n".join([good, b"{", b"[]", b"", long, b"\xff", good]), NDJSON))
    kinds = [line.get("problem", "answered") for line in lines]
    refused = ["malformed-body", "invalid-input", "invalid-input", "malformed-body"]
    assert kinds == ["answered", *refused, "answered"]
    header, row = as_csv(encounters[:1]).splitlines()
    lines = lines_of(send(service, b"\r\n".join([header, row, row + b",1", b'"', row]), CSV))
    assert [line.get("problem", "answered") for line in lines] == [
        "answered", "invalid-input", "invalid-input", "answered",
    ]  # fmt: skip


REFUSED = {
    "no array": (JSON, b"{}", 400),
    "cut off": (JSON, b"[{}", 400),
    "no comma": (JSON, b"[{} {}]", 400),
    "trailing comma": (JSON, b"[{},]", 400),
    "something after": (JSON, b"[{}] 1", 400),
    "not UTF-8": (JSON, b'["\xff"]', 400),
    "nested without end": (JSON, b"[" * 100_000, 400),
    "one endless element": (JSON, b'["' + b"x" * 1_000_000 + b'"]', 400),
    "empty array": (JSON, b" [ ] ", 422),
    "no rows": (NDJSON, b"\n\n", 422),
    "unknown column": (CSV, b"age,shoe_size\n1,2\n", 422),
    "the target": (CSV, b"readmitted\nNO\n", 422),
    "empty CSV": (CSV, b"", 422),
    "no Arrow": (ARROW, b"no arrow", 400),
    "empty Arrow": (ARROW, b"", 400),
    "another type": ("application/xml", b"<a/>", 415),
    "too many rows": (NDJSON, b"{}\n" * (LIMIT_ROWS + 1), 413),
    "too many bytes": (NDJSON, b"x" * (LIMIT_BYTES + 1), 413),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_body_that_cannot_be_read_is_refused_whole(service: Service, name: str) -> None:
    media_type, body, status = REFUSED[name]
    before = len(service.stored_ids())
    response = send(service, body, media_type)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert len(service.stored_ids()) == before


def test_broken_arrow_never_breaks_the_service(service: Service, encounters: list[dict[str, Any]]) -> None:
    body = as_arrow(encounters[:50])
    for position in range(0, len(body), len(body) // 60):
        broken = body[:position] + bytes([body[position] ^ 0xFF]) + body[position + 1 :]
        assert send(service, broken, ARROW).status_code in (200, 400, 422)
    name = body.replace(b"race", b"ra\xffe")  # in the schema
    assert send(service, name, ARROW).status_code == 400
    assert service.client.get("/readyz").status_code == 200


def test_memory_stays_bounded(service: Service, encounters: list[dict[str, Any]]) -> None:
    """An upload of 39 MB costs less than half of that."""
    body = as_body(encounters, NDJSON)
    lines_of(send(service, body, NDJSON))
    peak_before = peak_memory(service)
    rows = LIMIT_ROWS // ROWS * ROWS
    large = (body + b"\n") * (rows // ROWS)
    assert len(large) > 35_000_000
    answered = 0
    headers = {"content-type": NDJSON}
    with service.client.stream("POST", "/predict/batch", content=large, headers=headers, timeout=120) as response:
        for line in response.iter_lines():
            answered += "prediction_id" in line
    assert answered == rows
    assert peak_memory(service) - peak_before < len(large) / 2


def peak_memory(service: Service) -> int:
    """Largest resident size so far of the service's processes, in bytes."""
    assert service.process is not None
    parent = psutil.Process(service.process.pid)
    peaks = []
    for process in [parent, *parent.children(recursive=True)]:
        status = Path(f"/proc/{process.pid}/status").read_text()
        peaks.append(int(status.split("VmHWM:")[1].split()[0]) * 1024)
    return sum(peaks)


def test_nothing_is_answered_while_postgresql_is_away(
    make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]
) -> None:
    registry.make_live("batch-away", registry.register(models(0.0)))
    away = "postgresql://nobody@127.0.0.1:9/none"
    service = make_service("batch-away", READMISSION_SERVING_DATABASE__URL=away).start(ready=False)
    response = send(service, as_body(made_up_encounters(2, seed=1), NDJSON), NDJSON)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
