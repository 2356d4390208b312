"""The typer application every verb registers with, and how a verb ends."""

import json
from typing import Any

import typer

app = typer.Typer(
    name="readmission",
    help="Which patients with diabetes leaving hospital will be back within 30 days?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)


@app.callback()
def _root() -> None:
    """Which patients with diabetes leaving hospital will be back within 30 days?"""


def print_summary(summary: dict[str, Any]) -> None:
    """Print a verb's result as one JSON line, last: Airflow hands the last line on."""
    typer.echo(json.dumps(summary, sort_keys=True, default=str))
