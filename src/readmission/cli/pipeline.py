"""The pipeline's steps: each verb is one Airflow task, and runs the same by hand."""

from typing import Annotated

import typer

from readmission.cli._app import AsJson, app, print_summary

Split = Annotated[str, typer.Option(help="train, validation or test.")]
Number = Annotated[int, typer.Option(help="Batch number, from 0.", min=0)]


@app.command("create-tables", rich_help_panel="Pipeline")
def create_tables(as_json: AsJson = False) -> None:
    """Bring both databases to the newest schema (repeatable)."""
    from readmission.pipeline.create_tables import create_tables
    from readmission.settings import load_step_settings

    print_summary(create_tables(load_step_settings("migrate")), as_json=as_json)


@app.command("list-batches", rich_help_panel="Pipeline")
def list_batches(
    stored: Annotated[bool, typer.Option("--stored", help="Those in the database, not those on offer.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the batches of every split: those the data service offers, or those stored."""
    from readmission.pipeline.list_batches import list_served_batches, list_stored_batches
    from readmission.settings import load_settings

    print_summary((list_stored_batches if stored else list_served_batches)(load_settings()), as_json=as_json)


@app.command("ingest-batch", rich_help_panel="Pipeline")
def ingest_batch(split: Split, number: Number, as_json: AsJson = False) -> None:
    """Store one batch of the data service in raw.encounters, whole or not at all (repeatable)."""
    from readmission.pipeline.ingest_batch import ingest_batch
    from readmission.settings import load_settings

    print_summary(ingest_batch(load_settings(), split, number), as_json=as_json)


@app.command("check-ingest", rich_help_panel="Pipeline")
def check_ingest(as_json: AsJson = False) -> None:
    """Check that every batch on offer is stored as served."""
    from readmission.pipeline.check_ingest import check_ingest
    from readmission.settings import load_settings

    print_summary(check_ingest(load_settings()), as_json=as_json)


@app.command("transform-batch", rich_help_panel="Pipeline")
def transform_batch(
    split: Split,
    number: Number,
    again: Annotated[bool, typer.Option("--again", help="Even if it was done before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Parse, type and check one stored batch: rows go to clean.encounters or to the quarantine (repeatable)."""
    from readmission.pipeline.transform_batch import transform_batch
    from readmission.settings import load_settings

    print_summary(transform_batch(load_settings(), split, number, again=again), as_json=as_json)


@app.command("profile-columns", rich_help_panel="Pipeline")
def profile_columns(as_json: AsJson = False) -> None:
    """Decide on the train split which columns carry signal, and record why (repeatable)."""
    from readmission.pipeline.profile_columns import profile_columns
    from readmission.settings import load_settings

    print_summary(profile_columns(load_settings()), as_json=as_json)


@app.command("report-data", rich_help_panel="Pipeline")
def report_data(as_json: AsJson = False) -> None:
    """Draw the exploratory report of the train split and log it in MLflow (once per data and code)."""
    from readmission.pipeline.report_data import report_data
    from readmission.settings import load_settings

    print_summary(report_data(load_settings()), as_json=as_json)
