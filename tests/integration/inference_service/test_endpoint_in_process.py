"""POST /predict by FastAPI's router and around it: the same answers; and one bad row never sinks its batch."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from readmission.contract.encounter_input import decode_encounter
from readmission.contract.examples import EXAMPLES, FREQUENT_VISITOR
from readmission.errors import ReadmissionError
from readmission.services.inference_service.app import build_api
from readmission.services.inference_service.models.loaded_model import LoadedModel, load_model
from readmission.services.inference_service.predict.answer_batches import PredictionRecorder, PredictionRequest
from readmission.services.inference_service.predict.endpoint import PredictDirectly
from readmission.services.inference_service.predict.keep_predictions import PredictionKeeper
from readmission.services.inference_service.scopes import SCOPES
from readmission.settings import AccessSettings, DatabaseSettings, InferenceServiceSettings, Settings
from readmission.storage.postgres.pool import Pool
from readmission.storage.registry.local_models import LocalModels, RememberedVersion
from readmission.storage.serving.predictions import PredictionStore
from readmission.web.access import AccessControl, CheckAccess
from tests.conftest import RunningPostgres
from tests.signing import TestGate, record_decision
from tests.small_model import SmallModel

JSON = {"content-type": "application/json"}
REQUESTS: list[tuple[bytes, dict[str, str]]] = [
    *((json.dumps(example).encode(), JSON) for example in EXAMPLES.values()),
    (b"{}", JSON),
    (b"{", JSON),
    (b"[]", JSON),
    (b"x" * 70_000, JSON),
    (b"{}", {"content-type": "text/csv"}),
    (json.dumps({**FREQUENT_VISITOR, "discharge_disposition_id": 11}).encode(), JSON),
]


def keep_local(model: SmallModel, state_dir: Path, gate: TestGate, database: RunningPostgres) -> None:
    """Lay a model where the service looks for its last champion, and record it."""
    local, kept = LocalModels(state_dir / "inference_service" / "models"), RememberedVersion("7", model.manifest_sha256)
    local.folder_of(kept).parent.mkdir(parents=True)
    model.folder.rename(local.folder_of(kept))
    signed = gate.sign("7", model.manifest_sha256)
    local.remember_champion(kept, signed)
    record_decision(database.url("readmission_gate").get_secret_value(), "7", signed)


def comparable(response: httpx.Response) -> tuple[int, dict[str, str], dict[str, Any]]:
    body = {key: value for key, value in response.json().items() if key not in ("prediction_id", "created_at")}
    return response.status_code, dict(response.headers), body


def test_both_ways_answer_alike(
    empty_database: RunningPostgres, models: Callable[[float], SmallModel], tmp_path: Path, test_gate: TestGate
) -> None:
    keep_local(models(0.0), tmp_path, test_gate, empty_database)
    settings = Settings(
        state_dir=tmp_path,
        serving_database=DatabaseSettings(url=empty_database.url("readmission_serving")),
        inference_service=InferenceServiceSettings(alias_poll_seconds=0.05),
        mlflow_tracking_uri="http://127.0.0.1:9",
        signing=test_gate.settings,
    )

    async def scenario() -> None:
        api, endpoint = build_api(settings)
        access = AccessControl(AccessSettings(), None)
        around = httpx.ASGITransport(CheckAccess(PredictDirectly(api, endpoint), access, SCOPES.needed))
        routed = httpx.ASGITransport(CheckAccess(api, access, SCOPES.needed))
        async with (
            api.router.lifespan_context(api),
            httpx.AsyncClient(transport=around, base_url="http://test") as direct,
            httpx.AsyncClient(transport=routed, base_url="http://test") as by_router,
        ):
            async with asyncio.timeout(20):
                while (await by_router.get("/readyz")).status_code != 200:
                    await asyncio.sleep(0.02)
            for body, headers in REQUESTS:
                first = await direct.post("/predict", content=body, headers=headers)
                second = await by_router.post("/predict", content=body, headers=headers)
                assert comparable(first) == comparable(second), body[:80]

    asyncio.run(scenario())


def test_one_bad_request_never_sinks_its_batch(
    empty_database: RunningPostgres, models: Callable[[float], SmallModel]
) -> None:
    model = models(0.0)
    loaded: LoadedModel = load_model(model.folder, model.manifest_sha256, "1", "registry")
    good = decode_encounter(json.dumps(FREQUENT_VISITOR).encode())
    # The contract refuses both; here they come in behind its back.
    unstorable = good._replace(encounter={**good.encounter, "payer_code": "a\x00b"})
    unscorable = good._replace(encounter={**good.encounter, "age": "old"})

    async def scenario() -> None:
        pool = Pool(empty_database.url("readmission_serving"), size=2)
        store = PredictionStore(pool)
        recorder = PredictionRecorder(lambda: loaded, PredictionKeeper(store, None))
        inputs = [good, unstorable, good, unscorable, good]
        answers = await recorder.answer_batch([PredictionRequest(each, None, "local") for each in inputs])
        kinds = [isinstance(answer, ReadmissionError) for answer in answers]
        assert kinds == [False, True, False, True, False]
        for answer in answers:
            if isinstance(answer, bytes):
                assert await store.find(json.loads(answer)["prediction_id"]) is not None
        await pool.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("count", [1, 7, 64])
def test_a_batch_gives_each_row_its_single_row_answer(models: Callable[[float], SmallModel], count: int) -> None:
    from tests.small_model import made_up_encounters

    model = models(0.0)
    loaded = load_model(model.folder, model.manifest_sha256, "1", "registry")
    encounters = made_up_encounters(count, seed=count)
    together = list(zip(*loaded.predict_risks(encounters), strict=True))
    alone = [tuple(risk for (risk,) in loaded.predict_risks([encounter])) for encounter in encounters]
    for found, expected in zip(together, alone, strict=True):
        assert found == pytest.approx(expected, abs=1e-6)
