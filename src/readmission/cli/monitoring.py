"""Monitoring and the loop: monitor, watch-arrivals, request-retraining, outcomes."""

from pathlib import Path
from typing import Annotated

import typer

from readmission.cli._app import AsJson, app, open_console, print_summary

_PANEL = "Monitoring"
NOTHING_TO_DO = 99
"""Exit code that Airflow reads as "skipped": what waits for this task's asset is not started."""
Actor = Annotated[str | None, typer.Option(help="Who asks, for the record; your user name by default.")]

outcomes = typer.Typer(name="outcomes", help="Late labels: what became of the patients.", no_args_is_help=True)
app.add_typer(outcomes, rich_help_panel=_PANEL)


@app.command("monitor", rich_help_panel=_PANEL)
def monitor(as_json: AsJson = False) -> None:
    """Compare recent predictions and new batches with the training data; exit code 99 before the first champion.

    Performance is estimated before outcomes come, and measured once they are in.
    """
    from readmission.pipeline.monitor import monitor
    from readmission.settings import load_settings

    summary = monitor(load_settings())
    print_summary(summary, as_json=as_json)
    if summary["model_version"] is None:
        raise typer.Exit(NOTHING_TO_DO)


@app.command("watch-arrivals", rich_help_panel=_PANEL)
def watch_arrivals(actor: Actor = None, as_json: AsJson = False) -> None:
    """Look for batches that arrived since; exit code 99 if there are none."""
    from getpass import getuser

    from readmission.pipeline.request_retraining import watch_arrivals
    from readmission.settings import load_settings

    summary = watch_arrivals(load_settings(), actor or getuser())
    print_summary(summary, as_json=as_json)
    if not summary["wanted"]:
        raise typer.Exit(NOTHING_TO_DO)


@app.command("request-retraining", rich_help_panel=_PANEL)
def request_retraining(actor: Actor = None, as_json: AsJson = False) -> None:
    """Ask for training if drift was found or risks are off; exit code 99 if there is no new reason."""
    from getpass import getuser

    from readmission.pipeline.request_retraining import request_retraining
    from readmission.settings import load_settings

    summary = request_retraining(load_settings(), actor or getuser())
    print_summary(summary, as_json=as_json)
    if not summary["wanted"]:
        raise typer.Exit(NOTHING_TO_DO)


@outcomes.command("load")
def load_outcomes(
    file: Annotated[Path, typer.Argument(help="CSV or JSON lines: an id and readmitted.")], as_json: AsJson = False
) -> None:
    """Store the outcomes of a file, all of them or none (repeatable: the same once more is history)."""
    from getpass import getuser

    from readmission.pipeline.load_outcomes import load_outcomes
    from readmission.settings import load_settings

    print_summary(load_outcomes(load_settings().serving_database.url, file, getuser()), as_json=as_json)


@app.command("simulate", rich_help_panel=_PANEL)
def simulate(
    months: Annotated[
        int, typer.Option(help="Months to live through, after two months of history.", min=1, max=10)
    ] = 10,
    folder: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("artifacts/simulation"),
    as_json: AsJson = False,
) -> None:
    """Replay the data set month by month through all parts, labels late, one planted shift; draw what happened.

    Runs on parts of its own, in a folder of its own: the live platform's data and champion are left alone.
    """
    from rich.table import Table

    from readmission.local.stages import Stages
    from readmission.settings import load_settings
    from readmission.simulation.simulate import simulate

    with Stages(open_console(stderr=True)) as stages:
        summary = simulate(load_settings(), months, folder, stages)
    table = Table(*summary["months"][0].keys(), title="T1 is readmission within 30 days")
    for month in summary["months"]:
        table.add_row(*("-" if value is None else str(value) for value in month.values()))
    open_console(stderr=True).print(table)
    print_summary(summary, as_json=as_json)
