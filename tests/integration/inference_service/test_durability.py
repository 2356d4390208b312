"""No answer without a record: whatever is killed, every acknowledged prediction is in PostgreSQL."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from readmission.storage.postgres.migrate import migrate
from tests.conftest import RunningPostgres, run_postgres
from tests.integration.inference_service.conftest import Registry, Service, StartService, services, wait_until
from tests.integration.inference_service.load import Load, load_on
from tests.small_model import SmallModel

Models = Callable[[float], SmallModel]


def acknowledge(load: Load, count: int) -> None:
    """Wait until the load got that many answers more."""
    wanted = len(load.acknowledged) + count
    wait_until(lambda: len(load.acknowledged) >= wanted, f"{count} more answers")


def assert_every_answer_is_stored(load: Load, service: Service) -> None:
    rows = service.stored_rows("prediction_id::text, risk_30d, risk_any, decision")
    stored = {row[0]: row[1:] for row in rows}
    assert len(load.acknowledged_ids) == len(load.acknowledged)
    for answer in load.acknowledged:
        assert stored[answer["prediction_id"]] == (answer["risk_30d"], answer["risk_any"], answer["decision"])


@pytest.fixture
def service(make_service: StartService, registry: Registry, models: Models) -> Service:
    registry.make_live("durable", registry.register(models(0.0)))
    return make_service("durable").start()


def test_kill_9_of_the_service_loses_no_acknowledged_prediction(service: Service) -> None:
    with load_on(service.url) as load:
        for _ in range(3):
            acknowledge(load, 100)
            service.kill()
            service.start()
        acknowledge(load, 100)
    assert set(load.statuses) <= {200, 503}
    assert load.unanswered > 0
    assert_every_answer_is_stored(load, service)


def test_a_clean_stop_answers_what_it_took(service: Service) -> None:
    with load_on(service.url) as load:
        acknowledge(load, 100)
        assert service.stop() == 0
    assert_every_answer_is_stored(load, service)


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[RunningPostgres]:
    """A PostgreSQL of this test's own, to be stopped and killed."""
    with run_postgres(tmp_path / "postgres") as server:
        migrate("pipeline", server.url("readmission_migrator"))
        migrate("serving", server.url("readmission_migrator"))
        yield server


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["fast restart", "kill -9"])
def test_postgresql_restarted_under_load(
    own_postgres: RunningPostgres,
    registry: Registry,
    models: Models,
    tmp_path: Path,
    how: signal.Signals,
) -> None:
    registry.on(own_postgres).make_live("durable", registry.register(models(0.0)))
    with services(own_postgres, registry, tmp_path) as make:
        service = make("durable").start()
        with load_on(service.url) as load:
            acknowledge(load, 100)
            own_postgres.stop(how)
            refused = load.statuses[503]
            wait_until(lambda: load.statuses[503] > refused + 20, "requests are refused while PostgreSQL is away")
            assert service.client.get("/readyz").status_code == 503
            assert service.client.get("/healthz").status_code == 200
            own_postgres.start()
            acknowledge(load, 100)
        assert service.client.get("/readyz").status_code == 200
        assert set(load.statuses) == {200, 503}
        assert load.unanswered == 0
        assert_every_answer_is_stored(load, service)


def test_refusals_say_when_to_come_back(
    own_postgres: RunningPostgres,
    registry: Registry,
    models: Models,
    tmp_path: Path,
) -> None:
    registry.on(own_postgres).make_live("durable", registry.register(models(0.0)))
    with services(own_postgres, registry, tmp_path) as make:
        service = make("durable").start()
        own_postgres.stop()
        response = service.predict(FREQUENT_VISITOR)
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert response.json()["type"] == "urn:readmission:unavailable"
        missing = service.client.get("/predictions/01980c5e-7b7a-7cc3-98c4-dc0c0c07398f")
        assert missing.status_code == 503
        assert service.client.get("/promotions").status_code == 503
        own_postgres.start()
        wait_until(lambda: service.predict(FREQUENT_VISITOR).status_code == 200, "answers again", 10)
