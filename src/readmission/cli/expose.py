"""Reaching services from other machines."""

from typing import Annotated

import typer

from readmission.cli._app import app


@app.command("expose", rich_help_panel="Operations")
def expose(
    service: Annotated[str, typer.Argument(help="inference-service, data-service, mlflow, airflow, postgres, s3, ...")],
    address: Annotated[str, typer.Option(help="The address of this machine to listen on.")],
    allow: Annotated[list[str], typer.Option(help="A network that may come (CIDR); may be given again.")],
    port: Annotated[int | None, typer.Option(help="The port to listen on; the service's own by default.")] = None,
    unauthenticated: Annotated[
        bool, typer.Option("--unauthenticated", help="Also what asks nobody for a key or a login.")
    ] = False,
) -> None:
    """Make a service of this machine reachable from others, through socat, until Ctrl-C.

    To keep it under the local supervisor, set READMISSION_EXPOSE (docs/how-to/expose.md).
    """
    from readmission.local.programs.expose import plan, run
    from readmission.settings import load_settings

    exposure = plan(load_settings(), service, address, port, allow, told_twice=unauthenticated)
    typer.echo(f"{service} is at {exposure.address}:{exposure.port} for {', '.join(exposure.allowed)}")
    raise typer.Exit(run(exposure))
