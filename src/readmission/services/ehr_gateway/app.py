"""The EHR gateway's application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from readmission import __version__
from readmission.client import AsyncInferenceClient, Retries
from readmission.errors import ConfigurationError, NotFoundError
from readmission.observability.logging import configure_logging
from readmission.services.ehr_gateway.allowed_origins import AllowOrigins
from readmission.services.ehr_gateway.answer_hook import HookAnswerer
from readmission.services.ehr_gateway.client_tokens import ClientTokens
from readmission.services.ehr_gateway.hook_request import decode, read_feedback, read_hook
from readmission.services.ehr_gateway.services import SERVICES, describe_services
from readmission.settings import EhrClientSettings, EhrGatewaySettings, Settings, load_settings
from readmission.web.access import CALLER, is_loopback
from readmission.web.asgi import AnswerHead, ObserveRequests
from readmission.web.idempotency_key import IdempotencyKey
from readmission.web.key_file import ApiKey
from readmission.web.probes import probe_routes
from readmission.web.problem_details import install_problem_details
from readmission.web.wall import JSON, BodyRule, Wall

SERVICE = "ehr-gateway"
FHIR_JSON = "application/fhir+json"
_OUTSIDE_SECONDS = 3.0
"""Longest wait for one answer of an EHR's server."""


def create_app() -> ASGIApp:
    """The whole service with its middleware; granian calls this.

    Raises:
        ConfigurationError: nobody could call it, or anybody could.
    """
    configure_logging(SERVICE)
    return build_service(load_settings())


def build_service(settings: Settings) -> ASGIApp:
    """The application behind the wall.

    Raises:
        ConfigurationError: nobody could call it, or anybody could.
    """
    own = settings.ehr_gateway
    check_who_may_call(own)
    rule = BodyRule(own.max_body_bytes, (JSON, FHIR_JSON))
    wall = Wall(AnswerHead(build_app(settings)), settings, lambda _: rule)
    return ObserveRequests(AllowOrigins(wall, own.allowed_origins), SERVICE)


def check_who_may_call(own: EhrGatewaySettings) -> None:
    """Tokens, or loopback.

    Raises:
        ConfigurationError: there are no clients, or no tokens beyond loopback, or two clients are alike.
    """
    if own.without_tokens:
        if not is_loopback(own.host):
            raise ConfigurationError(
                f"{SERVICE} would listen on {own.host} for anybody: "
                "READMISSION_EHR_GATEWAY__WITHOUT_TOKENS is for loopback"
            )
        return
    if not own.clients:
        raise ConfigurationError("READMISSION_EHR_GATEWAY__CLIENTS is empty: no EHR could call the gateway")
    for what in ("name", "issuer"):
        values = [getattr(client, what) for client in own.clients]
        if len(set(values)) < len(values):
            raise ConfigurationError(f"READMISSION_EHR_GATEWAY__CLIENTS: two clients have the same {what}")


def build_app(settings: Settings) -> FastAPI:
    """The routes."""
    own = settings.ehr_gateway
    # No redirects, no proxies of the environment, and only so many connections: addresses come with the calls.
    outside = httpx.AsyncClient(
        follow_redirects=False, trust_env=False, timeout=_OUTSIDE_SECONDS, verify=settings.trust
    )
    anyone = EhrClientSettings(name="local", issuer="local", api_key=settings.inference_service.api_key)
    clients = (anyone,) if own.without_tokens else own.clients
    inference = {
        client.name: AsyncInferenceClient(
            settings.inference_service.url, client.api_key, retries=Retries(attempts=2), verify=settings.trust
        )
        for client in clients
    }
    answerers = {client.name: HookAnswerer(client, inference[client.name], outside, own.page_url) for client in clients}
    tokens = ClientTokens(own.clients, outside)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await outside.aclose()
        for each in inference.values():
            await each.close()

    app = FastAPI(title="Readmission EHR gateway", version=__version__, lifespan=lifespan, openapi_url=None)
    install_problem_details(app)

    async def identify(request: Request) -> HookAnswerer:
        """Who calls, before any body is read."""
        client = anyone
        if not own.without_tokens:
            base = own.url.rstrip("/")
            client = await tokens.identify(request.headers.get("authorization"), (base, base + request.url.path))
        request.scope[CALLER] = ApiKey(client.name, frozenset())
        return answerers[client.name]

    @app.get("/cds-services")
    async def discover() -> dict[str, Any]:
        return describe_services()

    @app.post("/cds-services/{service}")
    async def call(service: str, request: Request) -> JSONResponse:
        answerer = await identify(request)
        hook = read_hook(await request.body(), _find(service))
        return JSONResponse(await answerer.answer(service, hook))

    @app.post("/cds-services/{service}/feedback")
    async def keep_feedback(service: str, request: Request) -> Response:
        answerer = await identify(request)
        _find(service)
        await answerer.keep_feedback(read_feedback(await request.body()))
        return Response()

    @app.post("/fhir/$score")
    async def score(request: Request, idempotency_key: IdempotencyKey = None) -> JSONResponse:
        answerer = await identify(request)
        bundle = dict(decode(await request.body()).json)
        return JSONResponse(await answerer.score(bundle, idempotency_key), media_type=FHIR_JSON)

    async def check_ready() -> dict[str, object]:
        return {"services": list(SERVICES)}

    app.include_router(probe_routes(check_ready))
    return app


def _find(name: str) -> Any:
    if name not in SERVICES:
        raise NotFoundError("There is no such CDS service")
    return SERVICES[name]
