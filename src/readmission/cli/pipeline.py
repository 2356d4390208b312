"""The pipeline's steps: each verb is one Airflow task, and runs the same by hand."""

from readmission.cli._app import app, print_summary


@app.command("create-tables", rich_help_panel="Pipeline")
def create_tables() -> None:
    """Bring both databases to the newest schema (repeatable)."""
    from readmission.pipeline.create_tables import create_tables
    from readmission.settings import load_settings

    print_summary(create_tables(load_settings()))
