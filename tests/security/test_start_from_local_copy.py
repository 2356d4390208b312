"""Row 7: a restart while the alias is gone, its files are broken, or registry and PostgreSQL are away.

The service starts on the copy on its disk, whose signature and hashes it checks again, and says so. A copy nobody
signed is no copy.
"""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from readmission.contract.prediction import MODEL_NAME
from tests.conftest import RunningPostgres, run_postgres
from tests.integration.inference_service.conftest import (
    Gate,
    Registry,
    Service,
    StartService,
    make_service,
    services,
    wait_until,
)
from tests.integration.inference_service.conftest import models as models
from tests.integration.inference_service.conftest import registry as registry
from tests.small_model import SmallModel

__all__ = ["make_service"]
Models = Callable[[float], SmallModel]
NOWHERE = "http://127.0.0.1:9"


def problems_of(service: Service) -> dict[str, str]:
    return {each["problem"]: each["detail"] for each in service.client.get("/models").json()["custody_problems"]}


def delete_alias(registry: Registry, alias: str) -> None:
    query = {"name": MODEL_NAME, "alias": alias}
    httpx.request(
        "DELETE", f"{registry.url}/api/2.0/mlflow/registered-models/alias", json=query, timeout=30, auth=registry.login
    )


@pytest.mark.parametrize("what", ["the alias is gone", "its files are broken", "the registry is away"])
def test_the_recorded_version_answers_from_this_disk(
    make_service: StartService, registry: Registry, models: Models, what: str
) -> None:
    version = registry.register(models(0.0))
    registry.make_live("restarted", version)
    service = make_service("restarted").start()
    before = service.predict(FREQUENT_VISITOR).json()
    service.stop()
    if what == "the alias is gone":
        delete_alias(registry, "restarted")
    elif what == "its files are broken":
        for name in ("manifest.json", "model.onnx"):
            registry.break_file(version, name, b"broken")
    else:
        service.environment["MLFLOW_TRACKING_URI"] = NOWHERE

    service.start()
    after = service.predict(FREQUENT_VISITOR).json()
    assert (after["model_version"], after["risk_30d"]) == (version, before["risk_30d"])
    assert service.client.get("/readyz").json()["model_source"] == "local copy"
    assert ("alias-elsewhere" in problems_of(service)) == (what == "the alias is gone")


def test_the_alias_points_at_broken_files(make_service: StartService, registry: Registry, models: Models) -> None:
    version, broken = registry.register(models(0.0)), registry.register(models(2.0))
    registry.make_live("restarted", version)
    service = make_service("restarted").start()
    service.stop()
    registry.break_file(broken, "manifest.json", b"broken")
    registry.point_alias("restarted", broken)
    service.start()
    assert service.live_version() == version
    wait_until(lambda: "alias-elsewhere" in problems_of(service), "the alias is noticed", 10)


def test_a_new_version_that_cannot_be_fetched_leaves_the_one_before(
    make_service: StartService, registry: Registry, models: Models
) -> None:
    door = Gate(registry.url)
    door.open()
    version = registry.register(models(0.0))
    registry.make_live("restarted", version)
    service = make_service("restarted", MLFLOW_TRACKING_URI=door.url).start()
    service.stop()
    newer = registry.register(models(2.0))
    registry.make_live("restarted", newer)
    door.shut()
    service.start()
    assert service.live_version() == version
    assert newer in problems_of(service)["not-recorded"]
    assert 'model_custody_problem{problem="not-recorded"} 1.0' in service.client.get("/metrics").text
    door.open()
    wait_until(lambda: service.live_version() == newer, "the recorded version is fetched once it can be", 15)
    wait_until(lambda: problems_of(service) == {}, "nothing is wrong any more", 10)


@pytest.fixture
def own_postgres(tmp_path: Path) -> RunningPostgres:  # type: ignore[misc]  # a generator
    """A server this test may stop."""
    from readmission.storage.postgres.migrate import migrate

    with run_postgres(tmp_path / "postgres") as server:
        for part in ("pipeline", "serving"):
            migrate(part, server.url("readmission_migrator"))
        yield server


def test_registry_and_postgresql_are_away(
    own_postgres: RunningPostgres, registry: Registry, models: Models, tmp_path: Path
) -> None:
    registry = registry.on(own_postgres)
    version = registry.register(models(0.0))
    registry.make_live("restarted", version)
    journal = {"READMISSION_INFERENCE_SERVICE__JOURNAL_DIR": str(tmp_path / "journal")}
    with services(own_postgres, registry, tmp_path) as make:
        service = make("restarted", **journal).start()
        before = service.predict(FREQUENT_VISITOR).json()
        service.stop()
        own_postgres.stop()
        service.environment["MLFLOW_TRACKING_URI"] = NOWHERE
        service.start()
        ready = service.client.get("/readyz").json()
        assert ready["model_source"] == "local copy"
        assert ready["custody_problems"] == ["not-confirmed"]
        assert ready["predictions_go_to"] == "journal"
        assert 'model_custody_problem{problem="not-confirmed"} 1.0' in service.client.get("/metrics").text
        after = service.predict(FREQUENT_VISITOR).json()
        assert (after["model_version"], after["risk_30d"]) == (version, before["risk_30d"])
        service.stop()

        # What stands beside the files is believed only with the signature; the files only with their hashes.
        models_folder = service.state_dir / "inference_service" / "models"
        noted = models_folder / "champion.json"
        text = noted.read_text()
        document = json.loads(text)
        forged = document["statement"].replace(document["manifest_sha256"], "0" * 64)
        unsigned = {"version": version, "manifest_sha256": "0" * 64}
        cases: tuple[object, ...] = ({**document, "statement": forged}, unsigned, [])
        for broken in cases:
            noted.write_text(json.dumps(broken))
            service.start(ready=False)
            wait_until(lambda: service.client.get("/readyz").status_code == 503, "a forged note is refused", 10)
            assert service.predict(FREQUENT_VISITOR).status_code == 503
            service.stop()
        noted.write_text(text)
        (onnx,) = models_folder.glob(f"versions/{version}-*/model.onnx")
        whole = onnx.read_bytes()
        onnx.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        service.start(ready=False)
        wait_until(lambda: "model.onnx" in service.client.get("/readyz").text, "a damaged copy is refused", 10)
        service.stop()
        onnx.write_bytes(whole)

        service.start()
        own_postgres.start()
        service.environment["MLFLOW_TRACKING_URI"] = registry.url
        wait_until(
            lambda: "not-confirmed" not in problems_of(service), "the record is read once PostgreSQL is back", 15
        )
        assert service.live_version() == version
