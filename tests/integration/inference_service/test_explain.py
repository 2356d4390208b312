"""POST /explain on a running service: reasons that add up to the risk it serves, stored with the prediction."""

import uuid
from pathlib import Path

import psycopg
import pytest

from readmission.contract.examples import FREQUENT_VISITOR, HOME_AFTER_SHORT_STAY
from readmission.errors import NotFoundError
from readmission.pipeline.reproduce import reproduce
from readmission.settings import DatabaseSettings, Settings
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry, StartService
from tests.made_up_model import make_model_folder
from tests.small_model import SmallModel

OFTEN_HERE = {**FREQUENT_VISITOR, "number_inpatient": 11}


def test_reasons_add_up_and_are_stored_once(
    make_service: StartService,
    registry: Registry,
    empty_database: RunningPostgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = SmallModel(tmp_path / "trees", *make_model_folder(tmp_path / "trees", rows=1200))
    version = registry.register(model)
    registry.make_live("explained", version)
    service = make_service("explained").start()

    answer = service.client.post("/explain", json=OFTEN_HERE)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["prediction_id"], found["model_version"]) == (None, version)
    prediction = service.predict(OFTEN_HERE).json()
    assert found["warnings"] == prediction["warnings"] != []
    for name in ("risk_30d", "risk_any"):
        part = found[name]
        assert part["risk"] == pytest.approx(prediction[name], abs=1e-7)
        total = sum(reason["contribution"] for reason in part["reasons"])
        assert total == pytest.approx(part["risk"] - part["base_risk"], abs=1e-7)
        sizes = [abs(reason["contribution"]) for reason in part["reasons"]]
        assert sizes == sorted(sizes, reverse=True)
    stays = next(each for each in found["risk_any"]["reasons"] if each["group"] == "prior_use")
    assert stays["title"] == "Stays and visits in the year before"
    assert stays["contribution"] > 0  # the outcome of the made-up encounters depends on them
    assert stays["columns"]["number_inpatient"] == OFTEN_HERE["number_inpatient"]

    # A stored prediction is explained by the version that made it, whatever is live by then.
    other = registry.register(SmallModel.write(tmp_path / "other"))
    registry.make_live("explained", other)
    while service.live_version() != other:
        pass
    query = {"prediction_id": prediction["prediction_id"]}
    stored = service.client.post("/explain", params=query)
    assert stored.status_code == 200, stored.text
    assert stored.json()["model_version"] == version
    assert stored.json()["risk_30d"] == found["risk_30d"]
    assert service.client.post("/explain", params=query).json() == stored.json()
    with psycopg.connect(empty_database.url("readmission_serving").get_secret_value()) as connection:
        rows = connection.execute("SELECT prediction_id::text, model_version FROM serving.explanations").fetchall()
        assert rows == [(prediction["prediction_id"], version)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM serving.explanations")

    # The very score again, by the version that gave it, whatever is live by now.
    for name, value in registry.service_environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings(
        database=DatabaseSettings(url=empty_database.url("readmission_pipeline")),
        serving_database=DatabaseSettings(url=empty_database.url("readmission_serving")),
        mlflow_tracking_uri=registry.url,
    )
    again = reproduce(settings, uuid.UUID(prediction["prediction_id"]))
    assert again["bit_equal"]
    assert again["computed"] == {name: prediction[name] for name in ("risk_30d", "risk_any")}
    assert (again["model_version"], again["model_hash"]) == (version, model.manifest.model_hash)
    with pytest.raises(NotFoundError, match="there is no prediction"):
        reproduce(settings, uuid.UUID(int=5))

    # What cannot be explained says why; SmallModel has neither trees nor linear.json.
    refused = service.client.post("/explain", json=HOME_AFTER_SHORT_STAY)
    assert refused.status_code == 409
    assert "no exact reasons" in refused.json()["detail"]
    broken = service.client.post("/explain", json={**FREQUENT_VISITOR, "time_in_hospital": 99})
    assert broken.status_code == 422
    assert broken.json()["errors"][0]["field"] == "time_in_hospital"
    nothing = service.client.post("/explain")
    assert nothing.status_code == 422
    assert nothing.json()["errors"][0]["allowed"] == "an encounter, or the prediction_id of a stored prediction"
    assert service.client.post("/explain", params={"prediction_id": str(uuid.uuid4())}).status_code == 404
