"""Liveness, readiness and metrics, the same in every service."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from readmission.observability.metrics import render_metrics

Readiness = dict[str, object]


def probe_routes(check_ready: Callable[[], Readiness | Awaitable[Readiness]]) -> APIRouter:
    """Routes ``/healthz``, ``/readyz`` and ``/metrics``.

    Args:
        check_ready: returns what readiness reports, or raises ``UnavailableError`` with the reason.
            A plain function runs in a thread.
    """
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="Is the process alive?")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get(
        "/readyz",
        summary="Can the service do its work?",
        responses={503: {"description": "Not yet; the problem says why."}},
    )
    async def readyz() -> Readiness:
        found = await run_in_threadpool(check_ready)
        return {"status": "ready", **(await found if isawaitable(found) else found)}

    @router.get("/metrics", summary="Prometheus metrics", response_class=Response)
    def metrics() -> Response:
        body, media_type = render_metrics()
        return Response(body, media_type=media_type)

    return router
