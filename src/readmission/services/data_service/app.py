"""The data service's application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware

from readmission.errors import UnavailableError
from readmission.observability.logging import configure_logging
from readmission.services.data_service import arrival_routes, consumer_routes, routes
from readmission.services.data_service.example_calls import ANSWERS, CALLS
from readmission.services.data_service.preparation import Preparation
from readmission.services.data_service.scopes import SCOPES
from readmission.settings import Settings, load_settings
from readmission.web.access import AccessControl, CheckAccess
from readmission.web.asgi import AnswerHead, ObserveRequests
from readmission.web.document_pages import add_document_pages
from readmission.web.example_calls import add_examples
from readmission.web.probes import probe_routes
from readmission.web.problem_details import install_problem_details
from readmission.web.wall import BodyRule, RuleOf, Wall, rules_by_path

SERVICE = "data-service"
_DESCRIPTION = """
Gives the data set of encounters in batches, split by patient into train, validation and test.

Every batch has a SHA-256; batches never change, later arrivals only add more. Errors are problem details (RFC 9457).
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; without settings it reads those of the process."""
    settings = settings or load_settings()
    preparation = Preparation(settings)
    access = AccessControl(settings.access, settings.data_service.admin_key)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        configure_logging(SERVICE)
        preparation.start()
        yield

    def check_ready() -> dict[str, object]:
        if preparation.library is None:
            raise UnavailableError(preparation.reason)
        dataset = preparation.library.dataset
        return {"dataset": dataset.kind, "note": dataset.note}

    app = FastAPI(
        title="readmission data service",
        version=version("readmission"),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(ObserveRequests, service=SERVICE),
            Middleware(Wall, settings=settings, rule_of=_rules(settings)),
            Middleware(CheckAccess, access=access, scopes_of=SCOPES.needed),
            Middleware(AnswerHead),
        ],
    )
    app.state.settings = settings
    app.state.preparation = preparation
    install_problem_details(app)
    for part in (routes.router, consumer_routes.router, arrival_routes.router, probe_routes(check_ready)):
        app.include_router(part)
    add_document_pages(app)
    add_examples(app, CALLS, ANSWERS)
    SCOPES.check(app)
    SCOPES.describe(app, access)
    return app


def _rules(settings: Settings) -> RuleOf:
    """What each route takes as a body: arrivals a CSV, all others one JSON record."""
    return rules_by_path(settings.http, {"/arrivals/": BodyRule(arrival_routes.MOST_BYTES, ("text/csv",), True)})
