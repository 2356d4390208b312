"""``Idempotency-Key``: the same request gets the stored answer; another one under the same key is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.integration.inference_service.conftest import Registry, Service, StartService
from tests.small_model import SmallModel


@pytest.fixture
def service(make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]) -> Service:
    registry.make_live("idempotency", registry.register(models(0.0)))
    return make_service("idempotency").start()


def test_keys(service: Service) -> None:
    first = service.predict(FREQUENT_VISITOR, **{"Idempotency-Key": "stay-1"})
    assert first.status_code == 200
    service.kill()
    service.start()
    assert service.predict(FREQUENT_VISITOR, **{"Idempotency-Key": "stay-1"}).content == first.content
    other = service.predict({**FREQUENT_VISITOR, "time_in_hospital": 1}, **{"Idempotency-Key": "stay-1"})
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert service.predict(FREQUENT_VISITOR, **{"Idempotency-Key": "stay-2"}).json() != first.json()
    assert service.predict(FREQUENT_VISITOR, **{"Idempotency-Key": "x" * 256}).status_code == 422
    assert service.predict({}, **{"Idempotency-Key": "stay-3"}).status_code == 422
    assert len(service.stored_ids()) == 2

    with ThreadPoolExecutor(8) as threads:
        sent = [threads.submit(service.predict, FREQUENT_VISITOR, **{"Idempotency-Key": "race"}) for _ in range(24)]
    assert len({each.result().content for each in sent}) == 1
    assert len(service.stored_ids()) == 3
