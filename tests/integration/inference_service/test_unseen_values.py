"""Every answer names the fields whose value no training row had, and never the value; what is no code is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.integration.inference_service.conftest import Registry, Service, StartService
from tests.small_model import SmallModel, made_up_encounters

SEEN = made_up_encounters(1, seed=1)[0]
"""A row the small model was trained on."""
UNSEEN = {**SEEN, "diag_2": "777", "payer_code": "Zz-Marker", "number_emergency": 366}
FIELDS = [("payer_code", "code"), ("number_emergency", "count"), ("diag_2", "diagnosis")]


@pytest.fixture
def service(make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]) -> Service:
    registry.make_live("unseen", registry.register(models(0.0)))
    return make_service("unseen").start()


def named(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["field"], each["value_kind"]) for each in answer["warnings"]]


def test_the_answer_and_the_record_name_the_fields(service: Service) -> None:
    assert service.predict(SEEN).json()["warnings"] == []
    answer = service.predict(UNSEEN).json()
    assert named(answer) == FIELDS
    assert "Zz-Marker" not in json.dumps(answer)
    assert service.client.get(f"/predictions/{answer['prediction_id']}").json()["warnings"] == answer["warnings"]
    key = {"Idempotency-Key": "unseen-1"}
    first, again = (service.client.post("/predict", json=UNSEEN, headers=key).json() for _ in range(2))
    assert first == again
    assert named(first) == FIELDS

    check_batch(service)
    check_open_protocol(service)


def check_batch(service: Service) -> None:
    for accept in ("application/x-ndjson", "application/json", "text/csv"):
        answer = service.client.post("/predict/batch", json=[SEEN, UNSEEN], headers={"Accept": accept})
        lines = answer.text.splitlines()
        if accept == "text/csv":
            place = lines[0].split(",").index("warnings")
            assert lines[1].split(",")[place] == ""
            assert all(field in lines[2] for field, _ in FIELDS)
        else:
            rows = answer.json() if accept == "application/json" else [json.loads(line) for line in lines]
            assert [named(row) for row in rows] == [[], FIELDS]


def check_open_protocol(service: Service) -> None:
    inputs = [
        {
            "name": name,
            "shape": [2],
            "data": [value, UNSEEN[name]],
            "datatype": "INT64" if isinstance(value, int) else "BYTES",
        }
        for name, value in SEEN.items()
        if value is not None
    ]
    answer = service.client.post("/v2/models/readmission/infer", json={"inputs": inputs}).json()
    outputs = {each["name"]: each["data"] for each in answer["outputs"]}
    assert outputs["warnings"][0] == ""
    assert "number_emergency" in outputs["warnings"][1]


def test_what_is_no_code_is_refused_and_real_codes_are_answered(service: Service) -> None:
    for path in ("/predict", "/explain"):
        for code in ("CHF", "xyzzy", "insuficiencia", "I50.9", "428012"):
            refused = service.client.post(path, json={**FREQUENT_VISITOR, "diag_1": code})
            assert refused.status_code == 422
            (problem,) = refused.json()["errors"]
            assert problem["field"] == "diag_1"
            assert "ICD-9-CM" in problem["problem"] + problem["allowed"]
            assert code not in refused.text
    assert not service.stored_ids()
    for code in ("428", "428.0", "250.83", "V27", "E935"):
        assert service.predict({**FREQUENT_VISITOR, "diag_1": code}).status_code == 200, code
