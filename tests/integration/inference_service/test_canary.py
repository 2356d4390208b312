"""A challenger as a canary: it answers its share, each answer names its version, a damaged one answers nothing."""

from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest

from readmission.contract.prediction import MODEL_NAME
from tests.integration.inference_service.conftest import Registry, Service, StartService, wait_until
from tests.integration.inference_service.load import load_on
from tests.integration.inference_service.test_durability import acknowledge, assert_every_answer_is_stored
from tests.integration.inference_service.test_open_inference import as_tensors
from tests.signing import record_decision
from tests.small_model import SmallModel, made_up_encounters

Models = Callable[[float], SmallModel]
SHARE = "READMISSION_INFERENCE_SERVICE__CANARY_SHARE"


@pytest.fixture
def challengers(registry: Registry) -> Iterator[Callable[[str], None]]:
    """Gives a version the alias, which is taken away at the end."""
    yield lambda version: registry.point_alias("challenger", version)
    query = {"name": MODEL_NAME, "alias": "challenger"}
    httpx.request(
        "DELETE", f"{registry.url}/api/2.0/mlflow/registered-models/alias", json=query, timeout=30, auth=registry.login
    )


def allow_as_canary(registry: Registry, version: str, champion: str) -> None:
    """What `readmission allow-canary` does once the gate has nothing against a version."""
    url = registry.postgres.url("readmission_gate").get_secret_value()
    signed = registry.gate.sign(version, registry.hashes[version], "canary")
    record_decision(url, version, signed, "canary_allowed", live=champion)


def challenger_of(service: Service) -> str | None:
    found = service.client.get("/models").json()["challenger"]
    return None if found is None else str(found["version"])


def test_a_canary_answers_its_share(
    make_service: StartService, registry: Registry, models: Models, challengers: Callable[[str], None]
) -> None:
    files = {registry.register(model): model for model in (models(0.0), models(2.0))}
    champion, challenger = files
    registry.make_live("canaried", champion)
    challengers(challenger)
    service = make_service("canaried", **{SHARE: "0.25"}).start()
    wait_until(lambda: bool(service.client.get("/models").json()["refused"]), "an unsigned canary is refused", 10)
    (refused,) = service.client.get("/models").json()["refused"]
    assert (refused["version"], "allow-canary" in refused["reason"]) == (challenger, True)
    unsigned = [service.predict(encounter).json() for encounter in made_up_encounters(20, seed=13)]
    assert {answer["model_version"] for answer in unsigned} == {champion}
    allow_as_canary(registry, challenger, champion)
    wait_until(lambda: not service.client.get("/models").json()["refused"], "the gate's permission is seen", 10)
    wait_until(lambda: challenger_of(service) == challenger, "the challenger is followed", 10)

    encounters = made_up_encounters(80, seed=13)
    answers = [service.predict(encounter).json() for encounter in encounters]
    counted = Counter(answer["model_version"] for answer in answers)
    assert set(counted) == {champion, challenger}
    assert 18 <= counted[challenger] <= 22, "a quarter of 80, one request a batch"
    stored = dict(service.stored_rows("prediction_id::text, model_version"))
    for answer, encounter in zip(answers, encounters, strict=True):
        expected, _ = files[answer["model_version"]].open().predict_risks([encounter])
        assert answer["risk_30d"] == pytest.approx(expected[0], abs=1e-6)
        assert stored[answer["prediction_id"]] == answer["model_version"]
    # Who names a version gets that version.
    tensors = as_tensors(encounters[:20])
    for _ in range(3):
        infer = service.client.post(f"/v2/models/readmission/versions/{champion}/infer", json=tensors).json()
        assert infer["model_version"] == champion


def test_a_canary_comes_goes_and_is_refused_under_load_without_a_failed_request(
    make_service: StartService, registry: Registry, models: Models, challengers: Callable[[str], None]
) -> None:
    champion, good, damaged = (registry.register(models(shift)) for shift in (0.0, 1.0, 2.0))
    registry.break_file(damaged, "model.onnx", b"changed")
    registry.make_live("canaried", champion)
    for version in (good, damaged):
        allow_as_canary(registry, version, champion)
    service = make_service("canaried", **{SHARE: "0.5"}).start()
    with load_on(service.url) as load:
        acknowledge(load, 20)
        challengers(good)
        wait_until(lambda: challenger_of(service) == good, "the challenger is followed", 5)
        acknowledge(load, 100)
        challengers(damaged)
        wait_until(lambda: bool(service.client.get("/models").json()["refused"]), "the bad one is refused", 5)
        acknowledge(load, 50)
    (refused,) = service.client.get("/models").json()["refused"]
    assert refused["version"] == damaged
    assert "model.onnx" in refused["reason"]
    assert challenger_of(service) is None
    assert set(load.statuses) == {200}
    assert {answer["model_version"] for answer in load.acknowledged} == {champion, good}
    assert_every_answer_is_stored(load, service)


def test_without_a_share_a_challenger_answers_nothing(
    make_service: StartService, registry: Registry, models: Models, challengers: Callable[[str], None]
) -> None:
    champion, challenger = registry.register(models(0.0)), registry.register(models(2.0))
    registry.make_live("canaried", champion)
    challengers(challenger)
    service = make_service("canaried").start()
    answers = [service.predict(encounter).json() for encounter in made_up_encounters(20, seed=13)]
    assert {answer["model_version"] for answer in answers} == {champion}
