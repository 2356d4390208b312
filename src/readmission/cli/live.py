"""What is live, what was, and how to go back."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from readmission.cli._app import AsJson, app, print_summary

_PANEL = "Models and predictions"


@app.command("live", rich_help_panel=_PANEL)
def live(
    at: Annotated[
        str | None, typer.Option(help="A time, ISO 8601 (UTC unless it says otherwise); now by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which version was live at a time, and by which decision."""
    from readmission.errors import InvalidInputError
    from readmission.settings import load_settings
    from readmission.storage.registry.roll_back import find_live_version

    try:
        moment = datetime.fromisoformat(at) if at else datetime.now(UTC)
    except ValueError as error:
        raise InvalidInputError(f"--at {at}: a time such as 2026-01-31T12:00 is expected") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    row = find_live_version(load_settings().database.url, moment)
    keys = ("live_version", "promotion_id", "decided_at", "decision", "reason", "actor", "dataset_kind", "code_commit")
    print_summary({"at": moment.isoformat(), **{key: row[key] for key in keys}}, as_json=as_json)


@app.command("rollback", rich_help_panel=_PANEL)
def rollback(
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "rolled back by hand",
    version: Annotated[
        str | None, typer.Option(help="A version that was live before; the last other one by default.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Who asks, for the record; your user name by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an earlier champion live again; checked first, recorded in audit.promotions, then MLflow's alias follows."""
    from getpass import getuser

    from readmission.errors import ReadmissionError
    from readmission.settings import load_step_settings
    from readmission.storage.registry.aligned_alias import align_alias
    from readmission.storage.registry.roll_back import roll_back

    settings = load_step_settings("gate")
    done = roll_back(settings, settings.database.url, actor or getuser(), reason, version)
    try:
        align_alias(settings)
    except ReadmissionError as error:
        message = f"the rollback is recorded (decision {done['promotion_id']}) and holds; `readmission align-alias`"
        raise type(error)(f"{message} moves MLflow's alias later: {error.message}") from error
    print_summary(done, as_json=as_json)


@app.command("reproduce", rich_help_panel=_PANEL)
def reproduce(
    prediction_id: Annotated[str, typer.Argument(help="Identifier of a stored prediction.")],
    as_json: AsJson = False,
) -> None:
    """Score a stored prediction again with the version that made it, and say which data and code that came from."""
    from uuid import UUID

    from readmission.errors import InvalidInputError
    from readmission.pipeline.reproduce import reproduce
    from readmission.settings import load_settings

    try:
        identifier = UUID(prediction_id)
    except ValueError as error:
        raise InvalidInputError(f"{prediction_id} is no identifier of a prediction") from error
    print_summary(reproduce(load_settings(), identifier), as_json=as_json)
