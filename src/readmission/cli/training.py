"""Training: the steps of diabetes_model_pipeline, one Airflow task each.

A hidden verb is the older name of its step; it goes with the release after this one.
"""

from pathlib import Path
from typing import Annotated

import typer

from readmission.cli._app import AsJson, app, print_summary, say_on_stderr


@app.command("list-candidates", rich_help_panel="Pipeline")
def list_candidates(as_json: AsJson = False) -> None:
    """List the candidates: the ways to train a model."""
    from readmission.learning.candidates import list_candidates

    print_summary({"candidates": [{"candidate": name} for name in list_candidates()]}, as_json=as_json)


@app.command("check-candidate", rich_help_panel="Pipeline")
def check_candidate(
    candidate: Annotated[str, typer.Option(help="A name list-candidates shows.")], as_json: AsJson = False
) -> None:
    """Try a candidate on a few synthetic encounters: fit, predict, and compare its ONNX graph (no platform needed)."""
    from readmission.pipeline.check_candidate import check_on_synthetic_rows
    from readmission.settings import load_settings

    print_summary(check_on_synthetic_rows(candidate, load_settings().seed), as_json=as_json)


@app.command("train-candidate", hidden=True, deprecated=True)
@app.command("cross-validate", rich_help_panel="Pipeline")
def cross_validate_candidate(
    candidate: Annotated[str, typer.Option(help="A name list-candidates shows.")], as_json: AsJson = False
) -> None:
    """Cross-validate one candidate on the train patients and log it in MLflow."""
    from readmission.pipeline.cross_validate import cross_validate_candidate
    from readmission.settings import load_settings

    print_summary(cross_validate_candidate(load_settings(), candidate, say_on_stderr), as_json=as_json)


@app.command("evaluate-candidate", hidden=True, deprecated=True)
@app.command("train", rich_help_panel="Pipeline")
def train_best_candidate(as_json: AsJson = False) -> None:
    """Train the best candidate on all train patients, calibrate, score and register it (repeatable)."""
    from readmission.pipeline.train import train_best_candidate
    from readmission.settings import load_settings

    print_summary(train_best_candidate(load_settings(), say_on_stderr), as_json=as_json)


@app.command("promote-candidate", hidden=True, deprecated=True)
@app.command("promote", rich_help_panel="Pipeline")
def promote_version(
    version: Annotated[str | None, typer.Option(help="The challenger; the newest version by default.")] = None,
    actor: Annotated[str | None, typer.Option(help="Who asks, for the record; your user name by default.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Show what the gate says; record and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a version to the gate: promote it, keep the champion or refuse; recorded in audit.promotions."""
    from getpass import getuser

    from readmission.pipeline.promote import promote_version
    from readmission.settings import load_step_settings

    print_summary(
        promote_version(load_step_settings("gate"), actor or getuser(), version, dry_run=dry_run), as_json=as_json
    )


@app.command("tune", rich_help_panel="Pipeline")
def tune(
    candidate: Annotated[str, typer.Option(help="A candidate that says what may be tuned.")] = "lightgbm",
    trials: Annotated[int, typer.Option(help="Trials the study shall have in all, over all workers.", min=1)] = 40,
    study: Annotated[str, typer.Option(help="Label of the study; another label begins another study.")] = "default",
    as_json: AsJson = False,
) -> None:
    """Search a candidate's parameters on train alone; start it again elsewhere and both share the study."""
    from readmission.cli.dataset import show_progress
    from readmission.pipeline.tune import tune
    from readmission.settings import load_settings

    with show_progress() as progress:
        summary = tune(load_settings(), candidate, trials, study, progress)
    print_summary(summary, as_json=as_json)


@app.command("evaluate", rich_help_panel="Pipeline")
def evaluate(
    salt: Annotated[
        list[str] | None, typer.Option(help="Salt of a split; again for more. The fixed five by default.")
    ] = None,
    candidate: Annotated[str, typer.Option(help="A name list-candidates shows.")] = "lightgbm",
    folder: Annotated[
        Path | None, typer.Option(help="Folder of the docs to write the page and its pictures into.")
    ] = None,
    processes: Annotated[int, typer.Option(help="Splits measured side by side.", min=1)] = 2,
    as_json: AsJson = False,
) -> None:
    """Measure the way of training over several splits, beside its baselines; needs the data set alone."""
    from readmission.cli.dataset import show_progress
    from readmission.learning.evaluation.divisions import SALTS
    from readmission.pipeline.evaluate import evaluate
    from readmission.settings import load_settings

    with show_progress() as progress:
        summary = evaluate(load_settings(), tuple(salt or SALTS), candidate, folder, processes, progress)
    print_summary(summary, as_json=as_json)
