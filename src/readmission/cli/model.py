"""Models and predictions: predict, models, promotions, rollback."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from readmission.cli._app import AsJson, app, open_console, print_summary

if TYPE_CHECKING:
    from readmission.client import InferenceClient

_PANEL = "Models and predictions"


@app.command("predict", rich_help_panel=_PANEL)
def predict(
    file: Annotated[Path | None, typer.Option(help="JSON file of one encounter; - reads standard input.")] = None,
    example: Annotated[
        str | None, typer.Option(help="Name of a made-up encounter that comes with the package.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the running service for one prediction, in words, and read the stored row back."""
    from readmission.cli._inference_client import open_client

    encounter = _read_encounter(file, example)
    with open_client() as client:
        show_prediction(client, encounter, as_json=as_json)


def show_prediction(client: "InferenceClient", encounter: Mapping[str, Any], *, as_json: bool) -> None:
    """Ask for a prediction, print it, and print that the stored row says the same."""
    from readmission.contract.prediction import Prediction

    answer = client.predict(encounter)
    stored = client.read_prediction(str(answer.prediction_id))
    if as_json:
        print_summary(stored, as_json=True)
        return
    live = client.list_models()["live"]
    for line in describe_prediction(answer.model_dump(), (live or {}).get("base_risk")):
        typer.echo(line)
    same = Prediction.model_validate_json(json.dumps(stored)) == answer
    proof = "read back from PostgreSQL, and it is the same" if same else "but what PostgreSQL holds differs"
    typer.echo(f"Stored as prediction {answer.prediction_id}: {proof}.")


@app.command("models", rich_help_panel=_PANEL)
def models(as_json: AsJson = False) -> None:
    """List the live version, all registered versions, and those the service refused."""
    from rich.table import Table

    from readmission.cli._inference_client import open_client

    with open_client() as client:
        answer = client.list_models()
    if as_json:
        print_summary(answer, as_json=True)
        return
    live = answer["live"]
    refused = {entry["version"]: entry["reason"] for entry in answer["refused"]}
    table = Table("version", "alias", "state", "candidate", "trained on", "registered")
    for version in answer["versions"]:
        number, tags = version["version"], version["tags"]
        is_live = live is not None and live["version"] == number
        state = "live" if is_live else f"refused: {refused[number]}" if number in refused else ""
        data = tags.get("dataset_kind", "")
        registered = version["created_at"][:16].replace("T", " ")
        table.add_row(number, ", ".join(version["aliases"]), state, tags.get("candidate", ""), data, registered)
    console = open_console()
    console.print(table)
    if live is None:
        console.print("No version is live yet.")
    else:
        console.print(f"Live: version {live['version']} since {live['loaded_at'][:19]} (from the {live['source']}).")
    if answer["registry_problem"]:
        console.print(f"The registry could not be read: {answer['registry_problem']}")


@app.command("promotions", rich_help_panel=_PANEL)
def promotions(
    limit: Annotated[int, typer.Option(help="How many of the latest decisions.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number, one JSON line a decision.")] = False,
) -> None:
    """List the decisions of the gate, newest first: what was promoted, kept, refused or rolled back, and why."""
    from rich.table import Table

    from readmission.settings import load_settings
    from readmission.storage.pipeline.promotions import list_promotions

    rows = list_promotions(load_settings().database.url, limit)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, sort_keys=True, default=str))
        return
    table = Table("no.", "decided (UTC)", "decision", "challenger", "champion", "live", "reason", "actor")
    for row in rows:
        decided = row["decided_at"].astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        versions = [row[key] or "-" for key in ("challenger_version", "champion_version", "live_version")]
        table.add_row(str(row["promotion_id"]), decided, row["decision"], *versions, row["reason"], row["actor"])
    open_console().print(table if rows else "No decision was taken yet.")


def describe_prediction(prediction: dict[str, Any], base_risk: dict[str, float] | None) -> list[str]:
    """A prediction in words: each risk beside the average patient's, and what was decided.

    Args:
        prediction: as ``POST /predict`` answers.
        base_risk: the average patient's ``risk_30d`` and ``risk_any``, where known.
    """
    flag = "flagged" if prediction["decision"] == "flag" else "not flagged"
    base = base_risk or {}
    return [
        f"Risk of return within 30 days: {_beside(prediction['risk_30d'], base.get('risk_30d'))} — {flag} "
        f"(from {_percent(prediction['threshold'])} on)",
        f"Risk of return at any time:    {_beside(prediction['risk_any'], base.get('risk_any'))}",
        f"Answered by model {prediction['model_name']}, version {prediction['model_version']}.",
        *(f"Warning: {each['field']}: {each['warning']}." for each in prediction.get("warnings", ())),
    ]


def _beside(risk: float, average: float | None) -> str:
    if not average:
        return _percent(risk)
    return f"{_percent(risk)} ({risk / average:.1f} × the average patient's {_percent(average)})"


def _percent(risk: float) -> str:
    return f"{risk * 100:.0f} %" if 0.01 <= risk <= 0.99 else f"{risk * 100:.1f} %"


def _read_encounter(file: Path | None, example: str | None) -> dict[str, Any]:
    from readmission.contract.examples import EXAMPLES
    from readmission.errors import InvalidInputError

    if (file is None) == (example is None):
        names = ", ".join(EXAMPLES)
        raise InvalidInputError(f"give either --file or --example; examples are {names}")
    if example is not None:
        if example not in EXAMPLES:
            raise InvalidInputError(f"there is no example {example!r}; there are {', '.join(EXAMPLES)}")
        return EXAMPLES[example]
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else Path(str(file)).read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}") from error
    try:
        encounter = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{file} is not JSON: {error}") from error
    if not isinstance(encounter, dict):
        raise InvalidInputError(f"{file} holds no JSON object: one encounter is expected")
    return encounter
