"""The page as one application: a Gradio page for each language under its own path."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

# Gradio reads these when it is imported: it must not call home, and keeps no history of patients in the browser.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_RUN_HISTORY", "False")
# Uploaded lists are of patients: a folder that only this process's user may open, deleted when the page ends.
os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="readmission-page-")

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

from readmission import __version__
from readmission.client import AsyncInferenceClient, Retries
from readmission.observability.logging import configure_logging
from readmission.services.ui.gradio_door import GradioDoor, guard_files
from readmission.services.ui.models.card_route import card_routes
from readmission.services.ui.operations.newest_figures import PartFigures
from readmission.services.ui.operations.sources import AirflowStates, Prometheus
from readmission.services.ui.page import build_page
from readmission.services.ui.patient.next_steps import load_next_steps
from readmission.services.ui.patient.routes import patient_routes
from readmission.services.ui.theme import THEME
from readmission.services.ui.ward.routes import ward_routes
from readmission.services.ui.words import LANGUAGES, Words
from readmission.settings import Settings, load_settings
from readmission.web.probes import probe_routes
from readmission.web.problem_details import install_problem_details
from readmission.web.response_headers import PAGE, AddResponseHeaders
from readmission.web.wall import BodyRule, Wall

SERVICE = "ui"
MAX_UPLOAD = "50mb"
MOST_UPLOAD_BYTES = 52 * 1024 * 1024
MOST_JSON_BYTES = 2 * 1024 * 1024
MAX_WAITING_EVENTS = 200
"""Of each language; a visitor who finds the queue full is told so."""
_HERE = Path(__file__).parent


def create_app() -> FastAPI:
    """The page's application."""
    configure_logging(SERVICE)
    return build_app(load_settings())


def build_app(settings: Settings) -> FastAPI:
    """The page of every language, the way to the right one, and the probes."""
    own = settings.inference_service
    # Whoever waits in front of the page can ask again; without names, answers also come while PostgreSQL is away.
    once, trust = Retries(attempts=1), settings.trust
    client = AsyncInferenceClient(own.url, own.api_key, retries=once, idempotent=False, verify=trust)
    uploads = Path(os.environ["GRADIO_TEMP_DIR"])
    steps = load_next_steps(settings.ui.next_steps_file)
    prometheus, airflow = Prometheus(settings.ui.prometheus_url, trust), AirflowStates(settings.airflow, trust)
    parts = PartFigures({"risk service": own.url, "metrics exporter": settings.ui.metrics_exporter_url}, trust)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        for source in (client, prometheus, airflow, parts):
            await source.close()
        shutil.rmtree(uploads, ignore_errors=True)

    app = FastAPI(title="Readmission page", version=__version__, lifespan=lifespan, openapi_url=None)
    install_problem_details(app)

    @app.get("/", include_in_schema=False)
    def choose_language(request: Request) -> RedirectResponse:
        return RedirectResponse(f"/{preferred_language(request.headers.get('accept-language', ''))}/")

    async def check_ready() -> dict[str, object]:
        return {}

    app.include_router(probe_routes(check_ready))
    for code in LANGUAGES:
        app.include_router(card_routes(client, Words(code)))
        app.include_router(patient_routes(client, Words(code), steps))
        app.include_router(ward_routes(client, Words(code)))
        page = build_page(client, prometheus, airflow, parts, Words(code), settings.diagnosis_system)
        page.queue(max_size=MAX_WAITING_EVENTS, api_open=False)
        gr.mount_gradio_app(
            app,
            page,
            path=f"/{code}",
            server_name=settings.ui.host,
            server_port=settings.ui.port,
            footer_links=[],
            run_history=False,
            show_error=False,
            max_file_size=MAX_UPLOAD,
            ssr_mode=False,
            theme=THEME,
            css=(_HERE / "style.css").read_text(encoding="utf-8"),
            head=_head(code),
        )
        guard_files(page)
    app.add_middleware(GradioDoor, uploads=uploads)
    app.add_middleware(Wall, settings=settings, rule_of=_rules)
    app.add_middleware(AddResponseHeaders, headers=PAGE)
    return app


def _rules(path: str) -> BodyRule:
    """A ward list is an upload, Gradio's own uploads are forms; all other routes take JSON."""
    if path.endswith("/ward/score"):
        return BodyRule(MOST_UPLOAD_BYTES, ("application/octet-stream",), in_parts=True)
    if path.endswith("/gradio_api/upload"):
        return BodyRule(MOST_UPLOAD_BYTES, ("multipart/form-data",), in_parts=True)
    return BodyRule(MOST_JSON_BYTES)


def preferred_language(accept_language: str) -> str:
    """The first language of an ``Accept-Language`` header that the page speaks; English where there is none."""
    weighted = []
    for position, entry in enumerate(accept_language.split(",")):
        name, _, quality = entry.partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        weighted.append((-weight, position, name.strip().lower().partition("-")[0]))
    return next((name for _, _, name in sorted(weighted) if name in LANGUAGES), "en")


def _head(code: str) -> str:
    script = (_HERE / "page.js").read_text(encoding="utf-8").replace("__LANGUAGE__", code)
    script += "".join((_HERE / name).read_text(encoding="utf-8") for name in ("patient.js", "ward.js"))
    style = (_HERE / "frame.css").read_text(encoding="utf-8")
    icon = '<link rel="icon" href="data:,">'
    return f'<meta name="color-scheme" content="light dark">{icon}<style>{style}</style><script>{script}</script>'
