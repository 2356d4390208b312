"""The service follows the registry: swaps under load, refuses what is bad, and lives without the registry."""

from collections.abc import Callable
from functools import partial

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.integration.inference_service.conftest import Gate, Registry, StartService, wait_until
from tests.integration.inference_service.load import load_on
from tests.small_model import SmallModel

Models = Callable[[float], SmallModel]


def test_the_alias_moves_under_load_without_a_failed_request(
    make_service: StartService, registry: Registry, models: Models
) -> None:
    first, second = registry.register(models(0.0)), registry.register(models(2.0))
    registry.make_live("swap", first)
    service = make_service("swap").start()
    with load_on(service.url) as load:

        def is_live(version: str) -> bool:
            return service.live_version() == version

        def has_more_than(count: int) -> bool:
            return len(load.acknowledged) > count

        for version in (second, first, second):
            registry.make_live("swap", version)
            wait_until(partial(is_live, version), "the new champion is live", 5)
            before = len(load.acknowledged)
            wait_until(partial(has_more_than, before + 20), "requests go on")
    assert set(load.statuses) == {200}
    assert load.unanswered == 0
    assert {answer["model_version"] for answer in load.acknowledged} == {first, second}
    assert "model_swaps_total 3.0" in service.client.get("/metrics").text
    assert load.acknowledged_ids <= service.stored_ids()


@pytest.mark.parametrize("file", ["model.onnx", "encoder.json", "probe.json", "manifest.json"])
def test_a_tampered_version_is_refused_and_the_old_one_goes_on(
    make_service: StartService, registry: Registry, models: Models, file: str
) -> None:
    tampered = models(1.0)
    good, bad = registry.register(models(0.0)), registry.register(tampered)
    # Still readable, one byte longer: only the hash can tell.
    registry.break_file(bad, file, (tampered.folder / file).read_bytes() + b"\n")
    registry.make_live("tampered", good)
    service = make_service("tampered").start()
    before = service.predict(FREQUENT_VISITOR).json()

    registry.make_live("tampered", bad)
    wait_until(lambda: bool(service.client.get("/models").json()["refused"]), "the bad version is refused", 10)
    (refused,) = service.client.get("/models").json()["refused"]
    assert refused["version"] == bad
    assert file in refused["reason"]
    assert service.live_version() == good
    assert service.predict(FREQUENT_VISITOR).json()["risk_30d"] == before["risk_30d"]
    assert "model_refused_total 1.0" in service.client.get("/metrics").text
    assert service.client.get("/readyz").status_code == 200


def test_a_version_whose_probe_disagrees_is_refused(
    make_service: StartService, registry: Registry, models: Models
) -> None:
    good = registry.register(models(0.0))
    wrong = models(1.0).with_wrong_probe()
    registry.make_live("probe", good)
    service = make_service("probe").start()
    registry.make_live("probe", registry.register(wrong))
    wait_until(lambda: bool(service.client.get("/models").json()["refused"]), "the bad version is refused", 10)
    assert "probe" in service.client.get("/models").json()["refused"][0]["reason"]
    assert service.live_version() == good


def test_a_version_whose_files_are_not_those_that_were_signed_never_goes_live(
    make_service: StartService, registry: Registry, models: Models
) -> None:
    version = registry.register(models(0.0))
    registry.hashes[version] = "0" * 64
    registry.make_live("other-files", version)
    service = make_service("other-files").start(ready=False)
    wait_until(lambda: bool(service.client.get("/models").json()["refused"]), "the version is refused", 10)
    response = service.client.get("/readyz")
    assert response.status_code == 503
    assert "manifest.json" in response.json()["detail"]
    answer = service.predict(FREQUENT_VISITOR)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


def test_without_a_registry_the_local_copy_answers(
    make_service: StartService, registry: Registry, models: Models
) -> None:
    version = registry.register(models(0.0))
    registry.make_live("away", version)
    gate = Gate(registry.url)
    gate.open()
    service = make_service("away", MLFLOW_TRACKING_URI=gate.url).start()
    before = service.predict(FREQUENT_VISITOR).json()
    assert service.stop() == 0

    newer = registry.register(models(2.0))
    registry.make_live("away", newer)
    gate.shut()
    service.start()
    models_answer = service.client.get("/models").json()
    assert models_answer["live"]["version"] == version
    assert models_answer["live"]["source"] == "local copy"
    assert "does not answer" in models_answer["registry_problem"]
    assert service.predict(FREQUENT_VISITOR).json()["risk_30d"] == before["risk_30d"]
    assert service.client.get(f"/models/{newer}/card").status_code == 503
    gate.open()
    wait_until(lambda: service.live_version() == newer, "the service catches up once the registry is back", 10)


def test_a_damaged_local_copy_is_refused_without_a_registry_and_fetched_again_with_one(
    make_service: StartService, registry: Registry, models: Models
) -> None:
    version = registry.register(models(0.0))
    registry.make_live("damaged", version)
    service = make_service("damaged").start()
    service.stop()
    (copy,) = (service.state_dir / "inference_service" / "models" / "versions").glob(f"{version}-*/model.onnx")
    whole = copy.read_bytes()
    copy.write_bytes(whole[:-1])

    service.environment["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:9"
    service.start(ready=False)
    wait_until(lambda: bool(service.client.get("/models").json()["refused"]), "the damaged copy is refused", 10)
    assert service.predict(FREQUENT_VISITOR).status_code == 503
    service.stop()

    service.environment["MLFLOW_TRACKING_URI"] = registry.url
    service.start()
    assert copy.read_bytes() == whole


def test_a_first_start_without_any_model_is_alive_but_not_ready(
    make_service: StartService, registry: Registry, models: Models
) -> None:
    service = make_service("nobody").start(ready=False)
    wait_until(lambda: "no version was promoted yet" in service.client.get("/readyz").text, "the reason is told", 10)
    registry.make_live("nobody", registry.register(models(0.0)))
    wait_until(lambda: service.client.get("/readyz").status_code == 200, "ready once there is a champion", 10)
