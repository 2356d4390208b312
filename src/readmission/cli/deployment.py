"""What deployments need before the first start: secrets, stores."""

from pathlib import Path
from typing import Annotated

import typer

from readmission.cli._app import AsJson, app, print_summary


@app.command("make-secrets", rich_help_panel="Operations")
def make_secrets(
    folder: Annotated[Path, typer.Argument(help="Git-ignored folder to write to.")] = Path("deploy/config/secrets"),
    postgres_host: Annotated[str, typer.Option(help="Where the parts find PostgreSQL.")] = "postgres",
    postgres_port: Annotated[int, typer.Option(help="Its port.")] = 5432,
    as_json: AsJson = False,
) -> None:
    """Make the random passwords and keys of a compose or Kubernetes deployment, one file for each part.

    Files that are there are kept; take one out to have it made again from the same passwords (all.json).
    """
    from readmission.local.deployment.secrets import make_secrets

    written = make_secrets(folder, postgres_host, postgres_port)
    print_summary({"folder": str(folder), "written": [path.name for path in written]}, as_json=as_json)


@app.command("create-stores", rich_help_panel="Operations")
def create_stores(as_json: AsJson = False) -> None:
    """Make what is missing of roles, databases, buckets and tables (repeatable)."""
    from readmission.local.deployment.stores import create_stores
    from readmission.settings import load_settings

    print_summary(create_stores(load_settings()), as_json=as_json)
