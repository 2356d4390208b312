"""A clinician's word is stored beside the prediction it is about, and can only be added to."""

from collections.abc import Callable

import psycopg
import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry, Service, StartService
from tests.small_model import SmallModel

UNKNOWN = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def service(make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]) -> Service:
    registry.make_live("feedback", registry.register(models(0.0)))
    return make_service("feedback").start()


def test_feedback_is_added_beside_the_prediction(service: Service, empty_database: RunningPostgres) -> None:
    path = f"/predictions/{service.predict(FREQUENT_VISITOR).json()['prediction_id']}/feedback"
    assert service.client.post(path, json={"verdict": "agree"}).status_code == 201
    answer = service.client.post(path, json={"verdict": "override", "reason": " Has a nurse at home. "})
    assert answer.status_code == 201
    assert answer.json()["reason"] == "Has a nurse at home."
    assert [row["verdict"] for row in service.client.get(path).json()] == ["agree", "override"]
    counted = 'prediction_feedback_total{verdict="override"} 1.0'
    assert counted in service.client.get("/metrics").text

    with psycopg.connect(empty_database.url("readmission_serving").get_secret_value(), autocommit=True) as connection:
        for statement in ("UPDATE serving.feedback SET verdict = 'agree'", "DELETE FROM serving.feedback"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"verdict": "override"}, "reason"),
        ({"verdict": "override", "reason": "  "}, "reason"),
        ({"verdict": "maybe"}, "verdict"),
        ({"verdict": "override", "reason": "x" * 1001}, "reason"),
        ({"verdict": "override", "reason": "a\x00b"}, "reason"),
        ({"verdict": "agree", "nurse": "Ann"}, "nurse"),
    ],
)
def test_feedback_that_breaks_the_contract_names_its_field(service: Service, body: dict[str, str], field: str) -> None:
    prediction_id = service.predict(FREQUENT_VISITOR).json()["prediction_id"]
    answer = service.client.post(f"/predictions/{prediction_id}/feedback", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert service.client.get(f"/predictions/{prediction_id}/feedback").json() == []


def test_feedback_on_nothing_is_not_found(service: Service) -> None:
    assert service.client.post(f"/predictions/{UNKNOWN}/feedback", json={"verdict": "agree"}).status_code == 404
