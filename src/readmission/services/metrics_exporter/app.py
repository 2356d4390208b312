"""The exporter's application."""

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from readmission import __version__
from readmission.observability.logging import configure_logging
from readmission.services.metrics_exporter.airflow_runs import AirflowRuns
from readmission.services.metrics_exporter.collect import AirflowCollector, FigureCollector, TrainingCollector
from readmission.settings import Settings, load_settings
from readmission.storage.pipeline.platform_figures import FigureReader
from readmission.storage.registry.training_runs import TrainingRuns
from readmission.web.problem_details import install_problem_details
from readmission.web.wall import Wall

SERVICE = "metrics-exporter"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; without settings it reads those of the process.

    Raises:
        ConfigurationError: a database's URL is not set.
    """
    configure_logging(SERVICE)
    settings = settings or load_settings()
    registry = CollectorRegistry()
    registry.register(FigureCollector(FigureReader(settings.database.url, settings.serving_database.url)))
    registry.register(AirflowCollector(AirflowRuns(settings.airflow, settings.trust)))
    runs = TrainingRuns(settings.mlflow_tracking_uri, settings.mlflow_login, settings.trust)
    registry.register(TrainingCollector(runs))
    app = FastAPI(title="readmission metrics exporter", version=__version__, docs_url=None, openapi_url=None)
    install_problem_details(app)
    app.add_middleware(Wall, settings=settings)

    @app.get("/healthz")
    @app.get("/readyz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app
