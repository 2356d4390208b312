"""The services: one process each."""

from typing import Any

import typer

from readmission.cli._app import app

serve = typer.Typer(name="serve", help="Run one service in the foreground.", no_args_is_help=True)
app.add_typer(serve, rich_help_panel="Services")


@serve.command("data-service")
def serve_data_service() -> None:
    """Give the data set in batches over HTTP. Fetches and checks the data set first."""
    from readmission.cli.dataset import show_progress
    from readmission.dataset import resolve_dataset
    from readmission.settings import load_settings

    settings = load_settings()
    # Here a wrong data set is one line and an exit code; later it would only be a reason for not being ready.
    with show_progress() as progress:
        resolve_dataset(settings, progress)
    service = settings.data_service
    run_granian("data-service", "readmission.services.data_service.app:create_app", service.host, service.port)


def run_granian(service: str, factory: str, host: str, port: int, workers: int = 1, **options: Any) -> None:
    """Serve an application factory until told to stop; logs are JSON lines.

    Raises:
        PlatformError: the port is taken.
    """
    import socket

    from granian import Granian
    from granian.constants import Interfaces

    from readmission.errors import PlatformError
    from readmission.observability.logging import granian_logging
    from readmission.observability.metrics import prepare_multiprocess_dir

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
        log_dictconfig=granian_logging(service),
        **options,
    ).serve()
