"""The typer application every verb registers with, and how a verb ends."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

_FILE_WIDTH = 200
"""Columns where no terminal says how many there are: a reason in a log is not cut into slices of a word."""

app = typer.Typer(
    name="readmission",
    help="Which patients with diabetes leaving hospital will be back within 30 days?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)


def _print_version(asked: bool) -> None:
    if asked:
        from readmission import __version__

        typer.echo(f"readmission {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Which patients with diabetes leaving hospital will be back within 30 days?"""


def print_summary(summary: dict[str, Any]) -> None:
    """Print a verb's result as one JSON line, last: Airflow hands the last line on."""
    typer.echo(json.dumps(summary, sort_keys=True, default=str))


def open_console(*, stderr: bool = False) -> "Console":
    """Where tables and progress go: as wide as the terminal, or wide where the output is a file or a pipe."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    known = stream.isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, width=None if known else _FILE_WIDTH)
