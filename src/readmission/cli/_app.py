"""The typer application every verb registers with, and how a verb ends."""

import json
import os
import sys
from collections.abc import Mapping
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


AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON, last, for programs.")]
"""Every verb that prints a result takes it: Airflow's tasks ask for it and hand the line on."""


def print_summary(summary: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a verb's result: a table for a person, or one line of JSON for a program."""
    if as_json:
        typer.echo(json.dumps(summary, sort_keys=True, default=str))
        return
    from readmission.cli._summary_table import draw_summary

    console = open_console()
    for table in draw_summary(summary):
        console.print(table)


def say_on_stderr(line: str) -> None:
    """Say how far a step is: on stderr, so that the result stays alone on stdout; Airflow's task log has both."""
    typer.echo(line, err=True)


def open_console(*, stderr: bool = False) -> "Console":
    """Where tables and progress go: as wide as the terminal, or wide where the output is a file or a pipe."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    known = stream.isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, width=None if known else _FILE_WIDTH)
