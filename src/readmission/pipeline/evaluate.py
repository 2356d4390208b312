"""Verb `evaluate`: how good the way of training is, over several splits, beside its baselines.

Needs the data set alone, no platform. Writes docs/reference/model-quality.md and its pictures where asked to.
"""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from readmission.dataset import resolve_dataset
from readmission.pipeline.evaluation.divisions import (
    Division,
    divide_by_patient,
    divide_by_row,
    divide_by_time,
    divide_first_encounters,
)
from readmission.pipeline.evaluation.measure_division import (
    MeasuredDivision,
    Score,
    measure_division,
    score_followed,
)
from readmission.pipeline.evaluation.report import summarise, write_report
from readmission.pipeline.parse_batch import parse_batch
from readmission.pipeline.transform_batch import mark_and_group
from readmission.settings import Settings

DROPPED = ("weight",)
"""Recorded for 3 % of stays; what `profile-columns` leaves out on the real data."""
SIDE_VIEWS = ("by row", "first encounter only", "by time")


def evaluate(
    settings: Settings, salts: Sequence[str], candidate: str, folder: Path | None, processes: int = 2
) -> dict[str, Any]:
    """Split, train and measure for every salt, then by row, by first encounters and by time.

    Args:
        settings: which data set, and the seed.
        salts: of the splits by patient.
        candidate: the way to train.
        folder: where model-quality.md and its pictures go; None writes nothing.
        processes: divisions measured side by side.

    Returns:
        Mean, SD and intervals of every way; see :func:`summarise`.

    Raises:
        InvalidInputError: there is no such candidate.
        DatasetError: the data set cannot be used.
    """
    resolved = resolve_dataset(settings)
    csv = str(resolved.csv_path)
    jobs = [(csv, salt, candidate, settings.seed, salts[0]) for salt in (*salts, *SIDE_VIEWS)]
    # Spawned: a forked process would inherit Polars' threads.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(_measure, jobs))
    measured = [each for each, _ in found]
    followed = [score for _, score in found if score is not None]
    summary = {
        "dataset": {"kind": resolved.kind, "sha256": resolved.sha256, "rows": resolved.rows},
        "candidate": candidate,
        "seed": settings.seed,
        "salts": list(salts),
        "divisions": {each.name: {"train": each.train, "test": each.test} for each in measured},
        **summarise(measured[: len(salts)], measured[len(salts) :], followed),
    }
    if folder is not None:
        write_report(folder, summary, measured[0])
    return summary


def _measure(job: tuple[str, str, str, int, str]) -> tuple[MeasuredDivision, Score | None]:
    csv, name, candidate, seed, first_salt = job
    division = _divide(read_eligible(Path(csv)), name, seed, first_salt)
    baselines = name not in SIDE_VIEWS
    measured = measure_division(division, candidate, seed, DROPPED, with_baselines=baselines, keep=name == first_salt)
    return measured, score_followed(division, seed, DROPPED) if name == "by row" else None


def _divide(frame: pl.DataFrame, name: str, seed: int, first_salt: str) -> Division:
    if name == "by row":
        return divide_by_row(frame, seed)
    if name == "first encounter only":
        return divide_first_encounters(frame, first_salt)
    return divide_by_time(frame) if name == "by time" else divide_by_patient(frame, name)


def read_eligible(csv: Path) -> pl.DataFrame:
    """Typed encounters without deaths and hospice, in the order of ``encounter_id``."""
    typed, _ = parse_batch(pl.read_csv(csv, infer_schema=False).with_row_index("row_number"))
    return mark_and_group(typed).filter(pl.col("eligible")).sort("encounter_id")
