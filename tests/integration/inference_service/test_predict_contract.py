"""The contract of POST /predict, field by field, against a running service with the real PostgreSQL and registry."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from readmission.contract import codes
from readmission.contract.encounter import COLUMNS
from readmission.contract.examples import EXAMPLES, FREQUENT_VISITOR
from tests.conftest import RunningPostgres
from tests.encounter_cases import ALL_CASES
from tests.integration.inference_service.conftest import Registry, Service, services
from tests.small_model import THRESHOLD, SmallModel


@pytest.fixture(scope="module")
def service(
    serving_database: RunningPostgres,
    registry: Registry,
    models: Callable[[float], SmallModel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """One service for every test here; none of them changes more than rows."""
    version = registry.register(models(0.0))
    registry.make_live("contract", version)
    with services(serving_database, registry, tmp_path_factory.mktemp("service")) as make:
        yield make("contract").start()


def row_of(service: Service, prediction_id: str) -> dict[str, object]:
    with psycopg.connect(service.database_url, row_factory=dict_row) as connection:
        found = connection.execute(
            "SELECT * FROM serving.predictions WHERE prediction_id = %s", (prediction_id,)
        ).fetchone()
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("column", [column.name for column in COLUMNS])
def test_every_case_of_a_column_is_answered_as_the_contract_says(service: Service, column: str) -> None:
    for case in (case for case in ALL_CASES if case.field == column):
        response = service.predict(case.encounter)
        if case.valid:
            assert response.status_code == 200, (case, response.text)
        else:
            assert response.status_code == 422, (case, response.text)
            assert response.headers["content-type"] == "application/problem+json"
            problem = response.json()
            assert [error["field"] for error in problem["errors"]] == [column], case
            assert problem["errors"][0]["problem"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_stored_row_equals_the_answer(service: Service, name: str) -> None:
    encounter = {**EXAMPLES[name], "encounter_id": 11, "patient_nbr": 12}
    answer = service.predict(encounter, **{"x-request-id": "request-1"}).json()
    assert uuid.UUID(answer["prediction_id"]).version == 7
    assert 0 <= answer["risk_30d"] <= answer["risk_any"] <= 1
    assert answer["decision"] == ("flag" if answer["risk_30d"] >= THRESHOLD else "no_flag")
    assert answer["model_name"] == "readmission"
    assert answer["created_at"].endswith("Z")

    row = row_of(service, answer["prediction_id"])
    for key in ("risk_30d", "risk_any", "decision", "threshold", "model_name", "model_version"):
        assert row[key] == answer[key], key
    assert (row["encounter_id"], row["patient_nbr"], row["request_id"]) == (11, 12, "request-1")
    assert {key: row["encounter"][key] for key in EXAMPLES[name]} == EXAMPLES[name]  # type: ignore[index]

    read_back = service.client.get(f"/predictions/{answer['prediction_id']}").json()
    assert {key: read_back[key] for key in answer} == answer
    assert read_back["encounter_id"] == 11


@pytest.mark.parametrize("disposition", sorted(codes.NOT_ELIGIBLE_DISPOSITIONS))
def test_deaths_and_hospice_are_refused_and_not_stored(service: Service, disposition: int) -> None:
    before = service.stored_ids()
    response = service.predict({**FREQUENT_VISITOR, "discharge_disposition_id": disposition})
    assert response.status_code == 422
    assert response.json()["type"] == "urn:readmission:not-eligible"
    assert response.json()["errors"][0]["field"] == "discharge_disposition_id"
    assert service.stored_ids() == before


def test_unknown_keys_are_refused(service: Service) -> None:
    response = service.predict({**FREQUENT_VISITOR, "Age": "[70-80)"})
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"field": "Age", "problem": "is not a column of an encounter", "allowed": None}
    ]


@pytest.mark.parametrize(
    ("content", "content_type", "status", "slug"),
    [
        (b"{", "application/json", 400, "malformed-body"),
        (b"", "application/json", 400, "malformed-body"),
        (b"\xff", "application/json", 400, "malformed-body"),
        (b"[" * 50_000, "application/json", 400, "malformed-body"),
        (b"[]", "application/json", 422, "invalid-input"),
        (b"null", "application/json", 422, "invalid-input"),
        (b"{}", "text/plain", 415, "unsupported-media-type"),
        (b"{}", "", 415, "unsupported-media-type"),
        (b"{}", "application/json; charset=latin-1", 415, "unsupported-media-type"),
        (b'{"age": "' + b"x" * 100_000 + b'"}', "application/json", 413, "body-too-large"),
    ],
)
def test_bodies_that_cannot_be_read(
    service: Service, content: bytes, content_type: str, status: int, slug: str
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = service.client.post("/predict", content=content, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"urn:readmission:{slug}"
    assert response.json()["status"] == status


def test_a_chunked_body_and_a_charset_are_read(service: Service) -> None:
    body = json.dumps(FREQUENT_VISITOR).encode()
    chunks = (body[start : start + 100] for start in range(0, len(body), 100))
    headers = {"content-type": "Application/JSON; charset=UTF-8"}
    assert service.client.post("/predict", content=chunks, headers=headers).status_code == 200


def test_predictions_that_do_not_exist(service: Service) -> None:
    assert service.client.get(f"/predictions/{uuid.uuid4()}").status_code == 404
    response = service.client.get("/predictions/not-an-id")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "prediction_id"


def test_models_card_and_promotions(service: Service) -> None:
    models = service.client.get("/models").json()
    live = models["live"]["version"]
    assert models["alias"] == "contract"
    assert models["live"]["threshold"] == THRESHOLD
    assert models["live"]["base_risk"] == {"risk_30d": 0.11, "risk_any": 0.46}
    assert "contract" in next(version["aliases"] for version in models["versions"] if version["version"] == live)
    assert models["refused"] == []
    assert models["registry_problem"] is None
    assert service.client.get(f"/models/{live}/card").status_code == 404
    assert "has no card" in service.client.get(f"/models/{live}/card").json()["detail"]
    assert "no such version" in service.client.get("/models/999999/card").json()["detail"]
    (promoted,) = service.client.get("/promotions").json()
    assert (promoted["decision"], promoted["live_version"]) == ("promoted", live)
    assert service.client.get("/promotions?limit=0").status_code == 422


def test_metrics_count_and_time_every_request(service: Service) -> None:
    def count(outcome: str) -> float:
        for line in service.client.get("/metrics").text.splitlines():
            if line.startswith(f'predict_requests_total{{outcome="{outcome}"}}'):
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    before = {outcome: count(outcome) for outcome in ("answered", "invalid", "not_eligible")}
    service.predict(FREQUENT_VISITOR)
    service.predict({})
    service.predict({**FREQUENT_VISITOR, "discharge_disposition_id": 11})
    assert {outcome: count(outcome) for outcome in before} == {key: value + 1 for key, value in before.items()}
    text = service.client.get("/metrics").text
    assert 'predict_latency_seconds_bucket{le="0.001"}' in text
    assert 'predict_latency_seconds_bucket{le="5.0"}' in text
    assert f'model_live_info{{model_version="{service.live_version()}"}} 1.0' in text
    assert 'http_requests_total{method="POST",route="/predict",service="inference-service",status="200"}' in text


def test_the_endpoint_is_documented_with_real_examples(service: Service) -> None:
    document = service.client.get("/openapi.json").json()
    operation = document["paths"]["/predict"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert {f"predict-{name}" for name in EXAMPLES} <= examples.keys()
    for name, example in examples.items():
        assert service.predict(example["value"]).status_code == 200, name
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    fields = document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
    assert "Unit: days" in fields["time_in_hospital"]["description"]
    assert {"200", "400", "413", "415", "422", "503"} <= set(operation["responses"])


def test_a_killed_and_restarted_service_keeps_its_rows(service: Service) -> None:
    answer = service.predict(FREQUENT_VISITOR).json()
    service.kill()
    service.start()
    assert service.client.get(f"/predictions/{answer['prediction_id']}").json()["risk_30d"] == answer["risk_30d"]


def test_logs_hold_no_patient_value(service: Service) -> None:
    service.predict({**FREQUENT_VISITOR, "medical_specialty": "Marker-Specialty", "race": "Marker-Race"})
    service.predict({**FREQUENT_VISITOR, "medical_specialty": "Marker-Specialty", "patient_nbr": 987_654_321})
    log = Path(service.log).read_text()
    assert "Marker" not in log
    assert "987654321" not in log
