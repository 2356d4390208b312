"""ICD-10-CM through every door of a running service: translated, stored as sent, reproduced to the bit."""

import csv
import io
import json
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from readmission.contract.encounter import BY_NAME
from readmission.contract.examples import FREQUENT_VISITOR
from readmission.pipeline.reproduce import reproduce
from readmission.settings import DatabaseSettings, Settings
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry, Service, StartService
from tests.made_up_model import make_model_folder
from tests.small_model import SmallModel

ARROW = "application/vnd.apache.arrow.stream"
IN_ICD9 = {**FREQUENT_VISITOR, "diag_1": "428", "diag_2": "403", "diag_3": "584", "diagnosis_system": "icd9cm"}
IN_ICD10 = {**FREQUENT_VISITOR, "diag_1": "I50.9", "diag_2": "I129", "diag_3": "N17.1"}
"""The same patient; N17.1 may be 583 or 584, and the training rows have 584 alone."""
NAMED = {**IN_ICD10, "diagnosis_system": "icd10cm"}
UNMAPPED = {**NAMED, "diag_3": "U07.1"}
RISKS = ("risk_30d", "risk_any")


@pytest.fixture
def service(make_service: StartService, registry: Registry, tmp_path: Path) -> Service:
    model = SmallModel(tmp_path / "trees", *make_model_folder(tmp_path / "trees", rows=1200))
    registry.make_live("today", registry.register(model))
    return make_service("today", READMISSION_DIAGNOSIS_SYSTEM="icd10cm").start()


def test_icd10_is_scored_stored_and_reproduced(
    service: Service, registry: Registry, empty_database: RunningPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = service.predict(IN_ICD9).json()
    by_setting, named = service.predict(IN_ICD10).json(), service.predict(NAMED).json()
    assert [by_setting[name] for name in RISKS] == [named[name] for name in RISKS]
    assert [by_setting[name] for name in RISKS] == pytest.approx([old[name] for name in RISKS], abs=1e-6)
    assert of_diagnoses(old) == []
    (warning,) = of_diagnoses(named)
    assert warning["field"] == "diag_3"
    assert "may stand for several ICD-9-CM categories" in warning["warning"]
    low, high = warning["risk_30d"]
    assert low <= named["risk_30d"] <= high
    assert low < high
    other = service.predict({**IN_ICD9, "diag_3": "583"}).json()["risk_30d"]
    assert [low, high] == pytest.approx(sorted((other, old["risk_30d"])), abs=1e-6)

    stored = service.client.get(f"/predictions/{by_setting['prediction_id']}").json()
    assert {name: stored["encounter"][name] for name in NAMED} == NAMED
    assert stored["warnings"] == by_setting["warnings"]
    first = service.client.get(f"/predictions/{old['prediction_id']}").json()
    assert "diagnosis_system" not in first["encounter"]

    explained = service.client.post("/explain", json=IN_ICD10).json()
    assert explained["warnings"] == named["warnings"]
    assert explained["risk_30d"]["risk"] == pytest.approx(named["risk_30d"], abs=1e-7)
    shown = next(each for each in explained["risk_30d"]["reasons"] if each["group"] == "primary_diagnosis")
    assert shown["columns"]["diag_1"] == "I50.9"

    check_refusals(service)
    answered = [by_setting, named, *check_batches(service, named), *check_open_protocol(service, named)]
    for name, value in registry.service_environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings(
        database=DatabaseSettings(url=empty_database.url("readmission_pipeline")),
        serving_database=DatabaseSettings(url=empty_database.url("readmission_serving")),
        mlflow_tracking_uri=registry.url,
    )
    for answer in answered:
        again = reproduce(settings, uuid.UUID(answer["prediction_id"]))
        assert again["bit_equal"], answer


def of_diagnoses(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in answer["warnings"] if each["value_kind"] == "diagnosis"]


def check_refusals(service: Service) -> None:
    for path in ("/predict", "/explain"):
        refused = service.client.post(path, json={**NAMED, "diag_1": "428.0"})
        assert refused.status_code == 422
        (problem,) = refused.json()["errors"]
        assert (problem["field"], problem["problem"]) == ("diag_1", "looks like an ICD-9-CM code")
        assert "diagnosis_system is icd10cm" in problem["allowed"]
        assert "428.0" not in refused.text
    unknown = service.predict({**NAMED, "diagnosis_system": "snomed"})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["field"] == "diagnosis_system"


def check_batches(service: Service, expected: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [NAMED, {**IN_ICD10, "diagnosis_system": None}, IN_ICD9, UNMAPPED, {**NAMED, "diag_1": "428.0"}]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(NAMED))
    writer.writeheader()
    writer.writerows(rows)
    sink = io.BytesIO()
    table = pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    bodies = {
        "application/json": json.dumps(rows).encode(),
        "application/x-ndjson": b"\n".join(json.dumps(row).encode() for row in rows),
        "text/csv": text.getvalue().encode(),
        ARROW: sink.getvalue(),
    }
    answered = []
    for kind, body in bodies.items():
        sent = service.client.post("/predict/batch", content=body, headers={"content-type": kind})
        lines = [json.loads(line) for line in sent.text.splitlines()]
        assert [line.get("risk_30d") for line in lines[:2]] == pytest.approx([expected["risk_30d"]] * 2, abs=1e-6), kind
        assert of_diagnoses(lines[0]) == of_diagnoses(lines[1]) == of_diagnoses(expected)
        assert of_diagnoses(lines[2]) == []
        assert "no ICD-9-CM category means the same" in of_diagnoses(lines[3])[0]["warning"]
        (problem,) = lines[4]["errors"]
        assert (problem["field"], problem["problem"]) == ("diag_1", "looks like an ICD-9-CM code")
        answered += lines[:4]
    return answered


def check_open_protocol(service: Service, expected: dict[str, Any]) -> list[dict[str, Any]]:
    inputs = [
        {
            "name": name,
            "shape": [1],
            "data": [value],
            "datatype": "INT64" if name in BY_NAME and BY_NAME[name].is_integer else "BYTES",
        }
        for name, value in NAMED.items()
    ]
    answer = service.client.post("/v2/models/readmission/infer", json={"inputs": inputs})
    outputs = {each["name"]: each["data"][0] for each in answer.json()["outputs"]}
    assert outputs["risk_30d"] == pytest.approx(expected["risk_30d"], abs=1e-6)
    assert "diag_3" in outputs["warnings"]
    return [outputs]
