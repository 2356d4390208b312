"""The endpoints of the Open Inference Protocol v2; errors also carry the protocol's ``error`` member."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse

from readmission import __version__
from readmission.contract.encounter import DiagnosisSystem
from readmission.contract.prediction import MODEL_NAME
from readmission.errors import NotFoundError, ReadmissionError, UnavailableError
from readmission.services.inference_service.models.loaded_model import LoadedModel
from readmission.services.inference_service.open_inference.protocol import (
    InferRequest,
    describe_tensors,
    infer,
)
from readmission.services.inference_service.openapi import problem
from readmission.services.inference_service.predict.answer_batches import MicroBatcher, PredictionRequest
from readmission.web.caller import Caller
from readmission.web.problem_details import MEDIA_TYPE, problem_body

ModelName = Annotated[str, Path(json_schema_extra={"enum": [MODEL_NAME]})]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: problem("No such model or version is live here.")}
_INFER_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The predictions; all are stored."},
    400: problem("The body is not JSON."),
    **_NOT_FOUND,
    408: problem("The body took too long to arrive."),
    413: problem("The body is too large."),
    422: problem("A tensor or a row breaks the contract; nothing is stored. Rows are counted from 1."),
    503: problem("No model is live, or nothing durable can take the records."),
}


def open_inference_routes(
    require_live: Callable[[], LoadedModel],
    batcher: MicroBatcher[PredictionRequest, bytes],
    default_system: DiagnosisSystem,
) -> APIRouter:
    """Health, metadata and infer under ``/v2``."""
    router = APIRouter(prefix="/v2", tags=["open inference protocol"])

    def find(name: str, version: str | None) -> LoadedModel:
        live = require_live()
        if name != MODEL_NAME or version not in (None, live.version):
            raise NotFoundError(f"Only {MODEL_NAME}, version {live.version}, is live here")
        return live

    @router.get("", summary="What this server is")
    async def server_metadata() -> dict[str, Any]:
        return {"name": "readmission-inference-service", "version": __version__, "extensions": []}

    @router.get("/health/live", summary="Is the process alive?")
    async def live() -> dict[str, bool]:
        return {"live": True}

    @router.get("/health/ready", summary="Is a model live?", responses={503: problem("No model is live.")})
    async def ready() -> dict[str, bool]:
        require_live()
        return {"ready": True}

    async def model_metadata(name: ModelName, version: str | None = None) -> dict[str, Any]:
        """Name, version and tensors of the live model."""
        found = find(name, version)
        return {"name": MODEL_NAME, "versions": [found.version], "platform": "onnx", **describe_tensors()}

    async def model_ready(name: ModelName, version: str | None = None) -> dict[str, Any]:
        """Whether the model answers."""
        find(name, version)
        return {"name": MODEL_NAME, "ready": True}

    async def infer_rows(request: Request, caller: Caller, name: ModelName, version: str | None = None) -> JSONResponse:
        """Scores and stores each row."""
        try:
            find(name, version)
            return JSONResponse(await infer(await request.body(), MODEL_NAME, batcher, caller.name, default_system))
        except ReadmissionError as error:
            headers = {"Retry-After": "1"} if isinstance(error, UnavailableError) else None
            document = {**problem_body(error), "error": error.message}
            return JSONResponse(document, error.http_status, headers, MEDIA_TYPE)

    described = {"requestBody": {"required": True, "content": {"application/json": {"schema": _schema()}}}}
    for path in ("/models/{name}", "/models/{name}/versions/{version}"):
        router.get(path, summary="Tensors of the model", responses=_NOT_FOUND)(model_metadata)
        router.get(f"{path}/ready", summary="Does the model answer?", responses=_NOT_FOUND)(model_ready)
        router.post(
            f"{path}/infer",
            summary="Score encounters sent as tensors, and store the answers",
            responses=_INFER_RESPONSES,
            openapi_extra=described,
        )(infer_rows)
    return router


def _schema() -> dict[str, Any]:
    """The request's schema without references, which the OpenAPI document would look for elsewhere."""
    schema = InferRequest.model_json_schema()
    definitions = schema.pop("$defs")
    for name, place in (("Tensor", "inputs"), ("RequestedOutput", "outputs")):
        schema["properties"][place]["items"] = definitions[name]
    return schema
