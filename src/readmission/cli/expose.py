"""Reaching services from other machines."""

from pathlib import Path
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
    name: Annotated[
        list[str] | None, typer.Option(help="A host name callers use besides the address; may be given again.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="A certificate of your own (PEM); this machine's CA issues one by default.")
    ] = None,
    certificate_key: Annotated[Path | None, typer.Option(help="The private key of --certificate (PEM).")] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="HTTP without TLS: for a network that is encrypted already.")
    ] = False,
) -> None:
    """Make a service of this machine reachable from others, by TLS (PostgreSQL: as it is), until Ctrl-C.

    To keep it under the local supervisor, set READMISSION_EXPOSE (docs/how-to/expose.md).
    """
    from readmission.local.programs.expose import plan, run
    from readmission.settings import load_settings

    exposure = plan(
        load_settings(),
        service,
        address,
        port,
        allow,
        told_twice=unauthenticated,
        plain=plain,
        names=name or (),
        certificate=certificate,
        certificate_key=certificate_key,
    )
    typer.echo(f"{service} is at {exposure.url} for {', '.join(exposure.allowed)}")
    if exposure.tls and exposure.tls.certificate is None:
        root = exposure.tls.root_certificate
        typer.echo(f"Callers trust it by a copy of {root}: READMISSION_TLS__CA_FILE=root.crt (curl --cacert root.crt)")
    raise typer.Exit(run(exposure))
