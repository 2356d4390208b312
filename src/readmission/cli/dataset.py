"""The data set: fetch it, describe it, make a synthetic one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from readmission.cli._app import AsJson, app, print_summary

if TYPE_CHECKING:
    from readmission.dataset.progress import Progress

dataset = typer.Typer(
    name="dataset", help="The data set: fetch it, describe it, make a synthetic one.", no_args_is_help=True
)
app.add_typer(dataset, rich_help_panel="Data set")


@dataset.command("fetch")
def fetch(as_json: AsJson = False) -> None:
    """Find, download or make the data set that READMISSION_DATASET names, and keep it in the cache.

    `auto` (the default) takes the cache, then UCI, then, without a network, synthetic encounters.
    """
    from readmission.dataset import resolve_dataset
    from readmission.settings import load_settings

    with show_progress() as progress:
        resolved = resolve_dataset(load_settings(), progress)
    print_summary(_summary(resolved), as_json=as_json)


@dataset.command("describe")
def describe(as_json: AsJson = False) -> None:
    """Count encounters and patients of the data set, in all and by split."""
    import polars as pl

    from readmission.dataset import SPLITS, resolve_dataset
    from readmission.dataset.splits import assign_splits
    from readmission.settings import load_settings

    settings = load_settings()
    with show_progress() as progress:
        resolved = resolve_dataset(settings, progress)
    patients = pl.read_csv(resolved.csv_path, infer_schema=False, columns=["patient_nbr"])["patient_nbr"].cast(pl.Int64)
    split_of = assign_splits(patients, settings.data_service.split_salt)
    assigned = patients.replace_strict(split_of, return_dtype=pl.String)
    splits = {
        split: {"rows": int((assigned == split).sum()), "patients": sum(value == split for value in split_of.values())}
        for split in SPLITS
    }
    salt = settings.data_service.split_salt
    print_summary({**_summary(resolved), "patients": len(split_of), "salt": salt, "splits": splits}, as_json=as_json)


@dataset.command("synthesize")
def synthesize(
    path: Annotated[Path, typer.Argument(help="CSV file to write.")],
    rows: Annotated[int, typer.Option(min=1, help="Encounters to make; memory does not grow with them.")] = 101_766,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same file.")] = 20_140_403,
    as_json: AsJson = False,
) -> None:
    """Write synthetic encounters: the schema of the real data set, no real row."""
    from readmission.dataset.files import hash_file, write_whole
    from readmission.dataset.synthetic import synthesise_csv
    from readmission.errors import DatasetError

    try:
        with show_progress() as progress, write_whole(path) as file:
            synthesise_csv(file, rows, seed, progress)
    except OSError as error:
        raise DatasetError(f"{path} cannot be written: {error.strerror or error}") from error
    print_summary({"path": str(path), "rows": rows, "seed": seed, "sha256": hash_file(path)}, as_json=as_json)


@contextmanager
def show_progress() -> "Iterator[Progress]":
    """A bar for each stage on stderr; nothing if stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, whole: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=whole)
            bars.update(tasks[stage], completed=done, total=whole)

        yield show


def _summary(resolved: Any) -> dict[str, Any]:
    return {
        "kind": resolved.kind,
        "csv_path": str(resolved.csv_path),
        "sha256": resolved.sha256,
        "rows": resolved.rows,
        "note": resolved.note,
    }
