"""A challenger in shadow: both answers stored, callers see only the champion's; a damaged one is left alone."""

from collections.abc import Callable

import httpx
import psycopg

from readmission.contract.prediction import MODEL_NAME
from tests.integration.inference_service.conftest import Registry, Service, StartService, wait_until
from tests.small_model import SmallModel, made_up_encounters


def shadow_rows(service: Service) -> dict[str, tuple[str, float]]:
    with psycopg.connect(service.database_url) as connection:
        found = connection.execute(
            "SELECT prediction_id::text, challenger_version, risk_30d FROM serving.shadow_predictions"
        ).fetchall()
    return {row[0]: (row[1], row[2]) for row in found}


def test_a_challenger_answers_in_the_shadow(
    make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]
) -> None:
    champion, challenger, damaged = registry.register(models(0.0)), models(2.0), registry.register(models(1.0))
    registry.make_live("shadowed", champion)
    registry.break_file(damaged, "model.onnx", b"changed")
    registry.point_alias("challenger", damaged)
    try:
        service = make_service("shadowed", READMISSION_INFERENCE_SERVICE__SHADOW_SHARE="1").start()
        wait_until(lambda: "challenger refused" in service.log.read_text(), "the damaged challenger is refused", 10)
        encounters = made_up_encounters(20, seed=11)
        assert service.predict(encounters[0]).json()["model_version"] == champion

        version = registry.register(challenger)
        registry.point_alias("challenger", version)
        wait_until(lambda: "challenger is followed" in service.log.read_text(), "the challenger is followed", 10)
        answers = [service.predict(encounter).json() for encounter in encounters]
        assert {answer["model_version"] for answer in answers} == {champion}
        wait_until(lambda: len(shadow_rows(service)) == len(answers), "the challenger's answers are stored", 10)
        stored = shadow_rows(service)
        expected, _ = challenger.open().predict_risks(encounters)
        for answer, risk in zip(answers, expected, strict=True):
            known_by, shadow_risk = stored[answer["prediction_id"]]
            assert known_by == version
            assert abs(shadow_risk - risk) < 1e-6
            assert shadow_risk != answer["risk_30d"]
    finally:
        query = {"name": MODEL_NAME, "alias": "challenger"}
        httpx.request(
            "DELETE",
            f"{registry.url}/api/2.0/mlflow/registered-models/alias",
            json=query,
            timeout=30,
            auth=registry.login,
        )
