"""A prediction's way through the code is short enough to be read: the files it crosses are counted, not claimed."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import httpx

import readmission
from readmission.services.inference_service.app import _rules, build_api
from readmission.services.inference_service.predict.endpoint import PredictDirectly
from readmission.services.inference_service.scopes import SCOPES
from readmission.settings import AccessSettings, DatabaseSettings, InferenceServiceSettings, Settings
from readmission.web.access import AccessControl, CheckAccess
from readmission.web.asgi import ObserveRequests
from readmission.web.wall import Wall
from tests.conftest import RunningPostgres
from tests.integration.inference_service.test_endpoint_in_process import JSON, keep_local
from tests.signing import TestGate
from tests.small_model import SmallModel, made_up_encounters

SOURCE = Path(readmission.__file__).parent
MOST_FILES = 10
"""From the door of the service to the disk and back."""
SHARED = ("web/", "observability/")
"""What every service does with a request, whatever it asks: known once, it is known for all of them."""


def test_a_prediction_crosses_few_files(
    empty_database: RunningPostgres, models: Callable[[float], SmallModel], tmp_path: Path, test_gate: TestGate
) -> None:
    keep_local(models(0.0), tmp_path, test_gate, empty_database)
    settings = Settings(
        state_dir=tmp_path,
        serving_database=DatabaseSettings(url=empty_database.url("readmission_serving")),
        inference_service=InferenceServiceSettings(alias_poll_seconds=3600, journal_dir=None),
        mlflow_tracking_uri="http://127.0.0.1:9",
        signing=test_gate.settings,
    )
    crossed: dict[str, set[str]] = {}

    def note(frame: FrameType, event: str, _: Any) -> None:
        file = Path(frame.f_code.co_filename)
        if event == "call" and file.is_relative_to(SOURCE):
            crossed.setdefault(str(file.relative_to(SOURCE)), set()).add(frame.f_code.co_qualname)

    async def scenario() -> None:
        api, endpoint = build_api(settings)
        asked = CheckAccess(PredictDirectly(api, endpoint), AccessControl(AccessSettings(), None), SCOPES.needed)
        service = ObserveRequests(Wall(asked, settings, _rules(settings)), "inference-service")
        transport = httpx.ASGITransport(service)
        async with (
            api.router.lifespan_context(api),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
        ):
            body = json.dumps(made_up_encounters(1, seed=1)[0]).encode()
            first = await client.post("/predict", content=body, headers=JSON)
            sys.setprofile(note)
            try:
                second = await client.post("/predict", content=body, headers=JSON)
            finally:
                sys.setprofile(None)
            assert (first.status_code, second.status_code) == (200, 200), second.text

    asyncio.run(scenario())
    own = sorted(file for file in crossed if not file.startswith(SHARED))
    assert len(own) <= MOST_FILES, own
    assert "services/inference_service/predict/endpoint.py" in own
    assert "storage/postgres/pool.py" in own
