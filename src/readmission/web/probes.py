"""Liveness, readiness and metrics, the same in every service."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from readmission.observability.metrics import render_metrics


def probe_routes(check_ready: Callable[[], dict[str, object]]) -> APIRouter:
    """Routes ``/healthz``, ``/readyz`` and ``/metrics``.

    Args:
        check_ready: gives what readiness reports, or raises ``UnavailableError`` with the reason.
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
    def readyz() -> dict[str, object]:
        return {"status": "ready", **check_ready()}

    @router.get("/metrics", summary="Prometheus metrics", response_class=Response)
    def metrics() -> Response:
        body, media_type = render_metrics()
        return Response(body, media_type=media_type)

    return router
