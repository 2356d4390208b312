"""The endpoints, as FastAPI and the OpenAPI document see them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from readmission.contract.prediction import MODEL_NAME, Prediction
from readmission.contract.promotion import RecordedPromotion
from readmission.errors import NotFoundError, UnavailableError
from readmission.services.inference_service.api_models import Models, StoredPrediction
from readmission.services.inference_service.models.follow_challenger import ChallengerFollower
from readmission.services.inference_service.models.follow_champion import (
    CUSTODY_PROBLEMS,
    ChampionFollower,
    RefusedVersion,
)
from readmission.services.inference_service.models.loaded_model import LoadedModel
from readmission.services.inference_service.openapi import PREDICT_DOCUMENT, PREDICT_RESPONSES, problem
from readmission.services.inference_service.predict.endpoint import PredictEndpoint
from readmission.services.inference_service.predict.keep_predictions import PredictionKeeper
from readmission.services.inference_service.reader import describe_reader
from readmission.storage.registry.registered_version import RegisteredVersion
from readmission.storage.registry.registry_reader import RegistryReader
from readmission.web.caller import Caller


def prediction_routes(endpoint: PredictEndpoint, keeper: PredictionKeeper) -> APIRouter:
    """``POST /predict`` and ``GET /predictions/{prediction_id}``."""
    router = APIRouter(tags=["predictions"])

    @router.post(
        "/predict",
        summary="Score one encounter and store the answer",
        response_model=Prediction,
        responses=PREDICT_RESPONSES,
        openapi_extra=PREDICT_DOCUMENT,
    )
    async def predict(request: Request, caller: Caller) -> Response:
        """Scores one encounter with the live model. The prediction is stored before the answer leaves."""
        answer = await endpoint.answer(request.scope["headers"], request.receive, caller.name)
        headers = {name.decode(): value.decode() for name, value in answer.headers}
        return Response(answer.body, answer.status, headers)

    @router.get(
        "/predictions/{prediction_id}",
        summary="Read a stored prediction back",
        responses={
            404: problem("No such prediction, or one of another caller's that your key may not read."),
            503: problem("PostgreSQL is away."),
        },
    )
    async def read_prediction(prediction_id: UUID, caller: Caller) -> StoredPrediction:
        """A key of scope read reads any, one of scope predict those it made. That you read it is recorded."""
        found = await keeper.read(prediction_id, describe_reader(caller, "prediction"))
        if found is None:
            raise NotFoundError(f"There is no prediction {prediction_id}")
        return StoredPrediction.model_validate(found)

    return router


def model_routes(
    follower: ChampionFollower,
    challenger: ChallengerFollower,
    registry: RegistryReader,
    alias: str,
    *,
    tries_canary: bool,
) -> APIRouter:
    """``GET /models``."""
    router = APIRouter(tags=["models"])

    def list_refused() -> list[RefusedVersion]:
        not_canary = challenger.explain_no_canary() if tries_canary else None
        return [*follower.refused.values(), *filter(None, (challenger.refused, not_canary))]

    @router.get("/models", summary="The live version, all registered versions, and those refused")
    async def list_models() -> Models:
        versions, registry_problem = await _list_versions(registry)
        return Models.model_validate(
            {
                "model_name": MODEL_NAME,
                "alias": alias,
                "live": None if follower.live is None else _describe_live(follower.live),
                "recorded": _describe_recorded(follower),
                "custody_problems": [
                    {"problem": problem, "title": CUSTODY_PROBLEMS[problem], "detail": detail}
                    for problem, detail in follower.problems.items()
                ],
                "versions": [_describe_version(version) for version in versions],
                "challenger": None if challenger.live is None else _describe_live(challenger.live),
                "refused": list_refused(),
                "registry_problem": registry_problem,
            },
            from_attributes=True,
        )

    return router


def promotion_routes(list_promotions: Callable[[int], list[dict[str, Any]]]) -> APIRouter:
    """``GET /promotions``."""
    router = APIRouter(tags=["models"])

    @router.get(
        "/promotions",
        summary="Every decision of the gate, newest first",
        responses={503: problem("PostgreSQL is away.")},
    )
    def read_promotions(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[RecordedPromotion]:
        return [RecordedPromotion.model_validate(row) for row in list_promotions(limit)]

    return router


async def _list_versions(registry: RegistryReader) -> tuple[list[RegisteredVersion], str | None]:
    try:
        return await asyncio.to_thread(registry.list_versions), None
    except UnavailableError as error:
        return [], error.message


def _describe_live(model: LoadedModel) -> dict[str, Any]:
    manifest = model.manifest
    return {
        "version": model.version,
        "loaded_at": model.loaded_at,
        "source": model.source,
        "threshold": manifest.threshold,
        "candidate": manifest.candidate,
        "model_hash": manifest.model_hash,
        "dataset_kind": manifest.dataset["kind"],
        "dataset_sha256": manifest.dataset["sha256"],
        "base_risk": manifest.base_risk,
        "risk_quantiles": manifest.risk_quantiles,
    }


def _describe_recorded(follower: ChampionFollower) -> dict[str, Any] | None:
    recorded = None if follower.record is None else follower.record.live
    if recorded is None:
        return None
    return {
        "version": recorded.version,
        "promotion_id": recorded.promotion_id,
        "signing_key": recorded.signed.signing_key,
    }


def _describe_version(version: RegisteredVersion) -> dict[str, Any]:
    return {
        "version": version.version,
        "aliases": version.aliases,
        "tags": dict(version.tags),
        "created_at": datetime.fromtimestamp(version.created_at_ms / 1000, UTC),
    }
