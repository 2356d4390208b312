"""POST /models/rollback: for administrators only, recorded, live within seconds; damaged files are refused."""

from collections.abc import Callable

from readmission.contract.examples import FREQUENT_VISITOR
from tests.integration.inference_service.conftest import Registry, Service, StartService, record_as_promoted, wait_until
from tests.integration.inference_service.load import load_on
from tests.integration.inference_service.test_durability import acknowledge, assert_every_answer_is_stored
from tests.small_model import SmallModel

KEY = "the-admin-key-of-this-test"


def order(service: Service, key: str | None = KEY, **body: object) -> tuple[int, dict[str, object]]:
    headers = {} if key is None else {"X-API-Key": key}
    response = service.client.post("/models/rollback", json={"reason": "worse in the ward", **body}, headers=headers)
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()


def problems_of(service: Service) -> list[str]:
    return [each["problem"] for each in service.client.get("/models").json()["custody_problems"]]


def test_an_administrator_goes_back(
    make_service: StartService,
    registry: Registry,
    models: Callable[[float], SmallModel],
) -> None:
    first, second, third = (registry.register(models(shift)) for shift in (0.0, 1.0, 2.0))
    for version in (first, second, third):
        record_as_promoted(registry, version)
    registry.point_alias("champion", third)
    service = make_service("champion", READMISSION_INFERENCE_SERVICE__ADMIN_KEY=KEY).start()

    assert order(service, key=None)[0] == 401
    assert order(service, key="a-guess")[0] == 401
    assert order(service, version="999")[0] == 409
    assert order(service, version=third)[0] == 409
    assert order(service, reason=" ")[0] == 422
    assert order(service, version="first")[0] == 422
    assert order(service, surprise=1)[0] == 422
    registry.break_file(first, "model.onnx", b"changed")
    status, problem = order(service, version=first)
    assert (status, problem["type"]) == (503, "urn:readmission:artifact")
    assert len(service.client.get("/promotions").json()) == 3  # nothing refused left a trace

    status, done = order(service)
    assert (status, done["champion"], done["champion_before"]) == (200, second, third)
    wait_until(lambda: service.live_version() == second, "the earlier version is live", 5)
    assert service.predict(FREQUENT_VISITOR).json()["model_version"] == second
    newest = service.client.get("/promotions").json()[0]
    assert (newest["decision"], newest["live_version"]) == ("rolled_back", second)
    assert newest["reason"] == "worse in the ward"
    # The alias is the gate's to move: until it does, the service says that it lags behind, and does not obey it.
    wait_until(lambda: bool(problems_of(service)), "the alias is compared", 5)
    assert problems_of(service) == ["alias-behind"]
    assert service.live_version() == second
    registry.point_alias("champion", second)
    wait_until(lambda: problems_of(service) == [], "the alias is where it belongs", 5)


def test_going_back_under_load_fails_no_request(
    make_service: StartService,
    registry: Registry,
    models: Callable[[float], SmallModel],
) -> None:
    first, second = registry.register(models(0.0)), registry.register(models(2.0))
    for version in (first, second):
        record_as_promoted(registry, version)
    registry.point_alias("champion", second)
    service = make_service("champion", READMISSION_INFERENCE_SERVICE__ADMIN_KEY=KEY).start()
    with load_on(service.url) as load:
        acknowledge(load, 50)
        status, done = order(service)
        assert (status, done["champion"]) == (200, first)
        wait_until(lambda: service.live_version() == first, "the earlier version is live", 5)
        live_since = len(load.acknowledged)
        acknowledge(load, 50)
    assert set(load.statuses) == {200}
    assert load.unanswered == 0
    versions = [answer["model_version"] for answer in load.acknowledged]
    assert set(versions) == {first, second}
    assert set(versions[live_since + 16 :]) == {first}, "but for what was on its way, only the earlier version answers"
    assert_every_answer_is_stored(load, service)


def test_without_an_admin_key_nobody_may(
    make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]
) -> None:
    registry.make_live("keyless", registry.register(models(0.0)))
    assert order(make_service("keyless").start())[0] == 401
