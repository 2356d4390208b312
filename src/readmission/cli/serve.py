"""The services: one process each."""

from typing import Any

import typer

from readmission.cli._app import app

serve = typer.Typer(name="serve", help="Run one service in the foreground.", no_args_is_help=True)
app.add_typer(serve, rich_help_panel="Services")


@serve.command("data-service")
def serve_data_service() -> None:
    """Give the data set in batches over HTTP. Fetches and checks the data set first."""
    import multiprocessing

    from readmission.cli.dataset import show_progress
    from readmission.dataset import resolve_dataset
    from readmission.settings import load_settings

    settings = load_settings()
    # Here a wrong data set is one line and an exit code; later it would only be a reason for not being ready.
    with show_progress() as progress:
        resolve_dataset(settings, progress)
    # Making synthetic encounters started threads of Polars; a forked worker would wait for them for ever.
    multiprocessing.set_start_method("spawn")
    service = settings.data_service
    run_granian("data-service", "readmission.services.data_service.app:create_app", service.host, service.port)


@serve.command("inference-service")
def serve_inference_service() -> None:
    """Answer and store predictions with the champion model."""
    import os
    import tempfile

    from readmission.settings import load_settings

    service = load_settings().inference_service
    options: dict[str, Any] = {
        "respawn_failed_workers": True,
        "workers_kill_timeout": 10,
    }
    factory = "readmission.services.inference_service.app:create_app"
    with tempfile.TemporaryDirectory(prefix="readmission-metrics-") as folder:
        if service.workers > 1:
            # The workers' figures are added up through files; prometheus_client reads this when it is imported.
            os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        run_granian("inference-service", factory, service.host, service.port, service.workers, **options)


@serve.command("metrics-exporter")
def serve_metrics_exporter() -> None:
    """Give Prometheus the figures that PostgreSQL and Airflow hold."""
    from readmission.settings import load_settings

    service = load_settings().metrics_exporter
    factory = "readmission.services.metrics_exporter.app:create_app"
    run_granian("metrics-exporter", factory, service.host, service.port, asks=False)


@serve.command("ehr-gateway")
def serve_ehr_gateway() -> None:
    """Answer EHRs: CDS Hooks 2.0 and FHIR R4, in front of the inference service."""
    from readmission.services.ehr_gateway.app import check_who_may_call
    from readmission.settings import load_settings

    service = load_settings().ehr_gateway
    check_who_may_call(service)
    factory = "readmission.services.ehr_gateway.app:create_app"
    run_granian("ehr-gateway", factory, service.host, service.port, has_tokens=True)


@serve.command("mlflow")
def serve_mlflow() -> None:
    """Run MLflow behind its login and a wall: its users are in PostgreSQL, rights depend on the part."""
    from readmission.services.mlflow_server.run import run_mlflow
    from readmission.settings import load_settings

    run_mlflow(load_settings())


@serve.command("ui")
def serve_ui() -> None:
    """Show the page for clinicians and operators."""
    import uvicorn

    from readmission.observability.logging import granian_logging
    from readmission.settings import load_settings
    from readmission.web.access import refuse_open_bind

    settings = load_settings()
    refuse_open_bind("ui", settings.ui.host, settings.access, asks=False)
    uvicorn.run(
        "readmission.services.ui.app:create_app",
        factory=True,
        host=settings.ui.host,
        port=settings.ui.port,
        log_config=granian_logging("ui"),
        access_log=False,
        ws="none",
    )


def run_granian(
    service: str,
    factory: str,
    host: str,
    port: int,
    workers: int = 1,
    *,
    asks: bool = True,
    has_tokens: bool = False,
    **options: Any,
) -> None:
    """Serve an application factory until told to stop; logs are JSON lines.

    Raises:
        ConfigurationError: it would listen beyond loopback without asking for keys (``asks``: whether it ever does;
            ``has_tokens``: it asks for signed tokens instead).
        PlatformError: the port is taken.
    """
    import socket

    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings

    from readmission.errors import PlatformError
    from readmission.observability.logging import granian_logging
    from readmission.observability.metrics import prepare_multiprocess_dir
    from readmission.settings import load_settings
    from readmission.web.access import refuse_open_bind

    if not has_tokens:
        refuse_open_bind(service, host, load_settings().access, asks=asks)

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PlatformError(f"{service} cannot listen on {host}:{port}: {error.strerror}") from error
    prepare_multiprocess_dir()
    Granian(
        factory,
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        factory=True,
        websockets=False,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        log_dictconfig=granian_logging(service),
        **options,
    ).serve()
