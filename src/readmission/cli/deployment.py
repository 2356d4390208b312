"""What deployments need before the first start: secrets, stores."""

from pathlib import Path
from typing import Annotated

import typer

from readmission.cli._app import AsJson, app, open_console, print_summary


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


@app.command("run-deployment", rich_help_panel="Operations")
def run_deployment(
    keys: Annotated[Path, typer.Argument(help="Its keys: the folder of `readmission make-secrets`.")] = Path(
        "deploy/config/secrets"
    ),
    airflow: Annotated[str, typer.Option(help="URL of its Airflow.")] = "http://127.0.0.1:8080",
    service: Annotated[str, typer.Option(help="URL of its inference service.")] = "http://127.0.0.1:8000",
    again: Annotated[bool, typer.Option(help="Run the chain even if it has ended well before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the chain of a compose or Kubernetes system once, follow it, and ask for a first prediction.

    `make compose-up` ends with it. A chain that has ended well is not repeated.
    """
    from readmission.cli.model import show_prediction
    from readmission.client import InferenceClient
    from readmission.clients.airflow import AirflowClient
    from readmission.contract.examples import EXAMPLES
    from readmission.local.deployment.first_run import read_keys, run_first_chain
    from readmission.local.stages import Stages

    password, api_key = read_keys(keys)
    stages = Stages(open_console())
    with stages, AirflowClient.open(airflow, password) as client:
        if not run_first_chain(client, service, stages, again=again):
            stages.say("The chain has run already: --again runs it once more.")
    if not as_json:
        stages.say("\nA first prediction, for a made-up patient:")
    with InferenceClient(service, api_key) as inference:
        show_prediction(inference, EXAMPLES["frequent-visitor"], as_json=as_json)
