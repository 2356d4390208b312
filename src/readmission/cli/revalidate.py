"""`readmission revalidate`: a model on a site's own patients."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from readmission.cli._app import AsJson, app, print_summary


@app.command("revalidate", rich_help_panel="Models and predictions")
def revalidate(
    file: Annotated[
        Path, typer.Argument(help="A .csv or .parquet file: the columns of an encounter, and `readmitted`.")
    ],
    output: Annotated[Path, typer.Option(help="Folder for the report and its pictures.")] = Path("revalidation"),
    model_version: Annotated[str | None, typer.Option(help="A registered version; the champion by default.")] = None,
    diagnosis_system: Annotated[
        Literal["icd9cm", "icd10cm"] | None,
        typer.Option(
            help="What diagnoses are coded in if a row does not say; READMISSION_DIAGNOSIS_SYSTEM by default."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a model on your own patients: discrimination, calibration, groups, what recalibration would change.

    Nothing is stored or changed. `readmitted` is NO, >30 or <30; with `patient_nbr` a patient's stays count together.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from readmission.pipeline.score.revalidate import revalidate_file
    from readmission.settings import load_settings
    from readmission.storage.registry.scoring_model import open_scoring_model

    settings = load_settings()
    version, model = open_scoring_model(settings, model_version)
    columns = (TextColumn("version {task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(version)
        found = revalidate_file(
            file,
            version,
            model,
            output,
            system=diagnosis_system or settings.diagnosis_system,
            seed=settings.seed,
            progress=lambda _stage, now, whole: bar.update(task, completed=now, total=whole),
        )
    if as_json:
        print_summary(found, as_json=True)
        return
    figures, mended = found["figures"], found["recalibration"]["out_of_fold"]
    print_summary(
        {
            "encounters": found["encounters"],
            "patients": found["patients"],
            "left out (died, hospice)": found["left_out"],
            **{f"{target} {name}": _show(figures[target][name]) for target in figures for name in ("roc_auc", "ece")},
            **{f"{target} ece, recalibrated": f"{mended[f'{target}_ece']:.3f}" for target in figures},
            "report": found["report"],
        },
        as_json=False,
    )


def _show(value: float | list[float]) -> str:
    if isinstance(value, list):
        return f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"
    return f"{value:.3f}"
