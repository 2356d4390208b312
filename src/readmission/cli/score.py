"""`readmission score`: files and tables of any size, on this machine."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from readmission.cli._app import AsJson, app, print_summary


@app.command("score", rich_help_panel="Models and predictions")
def score(
    source: Annotated[
        str, typer.Argument(help="A .csv or .parquet file, table:SCHEMA.TABLE of PostgreSQL, or a FHIR export.")
    ],
    output: Annotated[Path, typer.Option(help="CSV file for the risks; problems go to OUTPUT.errors.csv.")],
    model_version: Annotated[str | None, typer.Option(help="A registered version; the champion by default.")] = None,
    diagnosis_system: Annotated[
        Literal["icd9cm", "icd10cm"] | None,
        typer.Option(
            help="What diagnoses are coded in if a row does not say; READMISSION_DIAGNOSIS_SYSTEM by default."
        ),
    ] = None,
    source_format: Annotated[
        Literal["table", "fhir"],
        typer.Option("--format", help="fhir: an .ndjson file of a FHIR R4 Bulk export, or a folder of them."),
    ] = "table",
    as_json: AsJson = False,
) -> None:
    """Score every row; goes on where it was cut off if called again. Nothing is stored in PostgreSQL."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from readmission.pipeline.score.fhir_export import open_fhir
    from readmission.pipeline.score.rows import score_rows
    from readmission.pipeline.score.source import open_file, open_table
    from readmission.settings import load_settings
    from readmission.storage.postgres.connection import connect
    from readmission.storage.registry.scoring_model import open_scoring_model

    settings = load_settings()
    version, model = open_scoring_model(settings, model_version)
    columns = (TextColumn("version {task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with ExitStack() as opened:
        if source_format == "fhir":
            rows = open_fhir(Path(source))
        elif source.startswith("table:"):
            rows = open_table(opened.enter_context(connect(settings.database.url)), source.removeprefix("table:"))
        else:
            rows = open_file(Path(source))
        bar = opened.enter_context(Progress(*columns, console=Console(stderr=True)))
        task = bar.add_task(version, total=rows.whole)
        system = diagnosis_system or settings.diagnosis_system
        done = score_rows(
            rows, model, output, lambda _stage, now, _whole: bar.update(task, completed=now), default_system=system
        )
    print_summary({**done, "model_version": version}, as_json=as_json)
