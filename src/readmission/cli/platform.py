"""The local platform: up, down, status, logs, clean."""

from typing import TYPE_CHECKING, Annotated

import typer

from readmission.cli._app import AsJson, app, open_console, print_summary

if TYPE_CHECKING:
    from pathlib import Path

    from readmission.local.stages import Stages
    from readmission.local.start import StartResult

_PANEL = "Local platform"


@app.command("up", rich_help_panel=_PANEL)
def up(
    chain: Annotated[bool, typer.Option(help="Also run the chain of DAGs if it has not run yet.")] = True,
) -> None:
    """Start every part on this machine and run the chain of DAGs once.

    Parts listen on loopback only; data, passwords and logs are in the state folder (READMISSION_STATE_DIR,
    default .readmission). Repeating it is quick and safe.
    """
    from readmission.local.stages import Stages
    from readmission.local.start import up
    from readmission.settings import load_settings

    stages = Stages(open_console())
    with stages:
        outcome = up(load_settings(), stages, with_chain=chain)
    _show_outcome(outcome, stages)
    if outcome.model_served:
        from readmission.cli.model import predict

        stages.say("\nA first prediction, for a made-up patient (`readmission predict --example frequent-visitor`):")
        load_settings.cache_clear()  # the addresses and keys are in the state folder now
        predict(file=None, example="frequent-visitor", as_json=False)


@app.command("run-chain", rich_help_panel=_PANEL)
def run_chain() -> None:
    """Run the chain of DAGs again and follow it. What is stored already is not stored twice."""
    from readmission.clients.airflow import AirflowClient
    from readmission.local.stages import Stages
    from readmission.local.start import describe, run_chain
    from readmission.settings import load_settings

    settings = load_settings()
    platform = describe(settings)
    with (
        Stages(open_console()) as stages,
        AirflowClient.open(settings.ports.airflow, platform.secrets["airflow_admin"]) as airflow,
    ):
        run_chain(platform, airflow, stages, again=True)


@app.command("status", rich_help_panel=_PANEL)
def status(as_json: AsJson = False) -> None:
    """Show every part. Exit code 0 if all are ready, 6 if one is not, 4 if nothing runs."""
    from dataclasses import asdict

    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from readmission.local.programs.declare import declare
    from readmission.local.start import describe
    from readmission.local.status import look
    from readmission.settings import load_settings

    platform = describe(load_settings())
    parts = look(platform, declare(platform))
    all_ready = all(part.ready or part.waits_for_dag for part in parts)
    code = 0 if all_ready else 4 if all(part.pid is None for part in parts) else 6
    if as_json:
        print_summary({"parts": [asdict(part) for part in parts]}, as_json=True)
        raise typer.Exit(code)
    table = Table("part", "state", "pid", "ready", "up for", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("address", overflow="fold")
    for part in parts:
        seconds = part.uptime_seconds
        since = "" if seconds is None else f"{seconds // 60}m {seconds % 60}s"
        table.add_row(part.name, part.state, str(part.pid or ""), "yes" if part.ready else "no", since, part.url)
    console = open_console()
    console.print(table)
    for part in parts:
        if part.hangs.count:
            console.print(f"{part.name} hung {part.hangs.count} time(s) and was started anew, last {part.hangs.last}")
    raise typer.Exit(code)


@app.command("logs", rich_help_panel=_PANEL)
def logs(
    part: Annotated[str, typer.Argument(help="Which part; all of them if left out.")] = "",
    lines: Annotated[int, typer.Option(help="How many of the last entries of each part.", min=1)] = 20,
    level: Annotated[str, typer.Option(help="Least level to show: debug, info, warning, error or critical.")] = "debug",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as more is written (Ctrl-C ends it).")] = False,
) -> None:
    """Show the last entries of the parts' logs, each with its part's name; a traceback stays with its entry."""
    import time

    from readmission.errors import InvalidInputError, NotFoundError
    from readmission.local.log_entries import LEVELS, LogFile
    from readmission.local.state.folder import StateFolder
    from readmission.settings import load_settings

    least = level.upper()
    if least not in LEVELS:
        raise InvalidInputError(f"--level {level}: one of {', '.join(name.lower() for name in LEVELS)} is expected")
    folder = StateFolder.open(load_settings().state_dir)
    files = sorted(folder.logs.glob("*.log"))
    chosen = [LogFile(file) for file in files if part in ("", file.stem)]
    if not chosen:
        known = ", ".join(file.stem for file in files)
        raise NotFoundError(
            f"no log of {part or 'any part'} in {folder.logs}" + (f"; there are: {known}" if known else "")
        )
    for log in chosen:
        for entry in log.read_last(lines, least):
            typer.echo(entry.show(log.part))
    while follow:
        time.sleep(0.3)
        for log in chosen:
            for entry in log.read_new(least):
                typer.echo(entry.show(log.part))


@app.command("psql", rich_help_panel=_PANEL)
def psql(
    command: Annotated[
        str | None, typer.Option("--command", "-c", help="One SQL statement; psql's own prompt if left out.")
    ] = None,
) -> None:
    """Open PostgreSQL's own client as `readmission_reader`, which may read every table and change none."""
    import subprocess

    from readmission.local.psql import plan_psql
    from readmission.settings import load_settings

    call = plan_psql(load_settings(), command)
    raise typer.Exit(subprocess.run(call.command, env=call.environment, check=False).returncode)


@app.command("down", rich_help_panel=_PANEL)
def down() -> None:
    """Stop every part. Data, passwords and logs stay."""
    from readmission.local.state.folder import StateFolder
    from readmission.local.stop import down
    from readmission.settings import load_settings

    swept = down(StateFolder.open(load_settings().state_dir))
    typer.echo("down: no process is left" + (f" ({swept} had to be swept up)" if swept else ""))


@app.command("clean", rich_help_panel=_PANEL)
def clean(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop every part and delete all it keeps: data, models, passwords, logs."""
    from readmission.local.state.folder import StateFolder
    from readmission.local.stop import clean
    from readmission.settings import load_settings

    root = load_settings().state_dir.absolute()
    if not root.is_dir():
        typer.echo(f"clean: there is no {root}")
        return
    if not yes:
        typer.confirm(f"Delete {root} with all data, models and passwords?", abort=True)
    clean(StateFolder.open(root))
    typer.echo(f"clean: {root} is gone")


def _from_here(path: "Path") -> str:
    """A path as a person would type it in this folder."""
    from pathlib import Path

    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _show_outcome(outcome: "StartResult", stages: "Stages") -> None:
    from rich.table import Table

    from readmission.local.programs import observing

    table = Table(show_header=False, title="readmission is up")
    for part in outcome.parts:
        if part.url:
            table.add_row(part.name, part.url)
    folder = outcome.platform.folder
    table.add_row("logins", _from_here(folder.logins_file))
    table.add_row("logs", f"{_from_here(folder.logs)}  (make logs)")
    dataset = outcome.dataset
    table.add_row("data", f"{dataset['kind']}: {dataset['rows']} encounters, SHA-256 {dataset['sha256'][:12]}...")
    took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in stages.seconds.items())
    table.add_row("stages", took)
    stages.console.print(table)
    if missing := observing.missing():
        stages.say(f"Not on this machine: {', '.join(missing)}. {observing.HINT[0].upper()}{observing.HINT[1:]}.")
    if outcome.chain == "done":
        stages.say("The chain has run for this data set already: `readmission run-chain` runs it again.")
    if dataset.get("kind") == "synthetic":
        stages.say(
            "[bold yellow]These are SYNTHETIC encounters, not patients:[/] "
            f"{dataset.get('note') or 'the real data set was not reachable'}."
        )
