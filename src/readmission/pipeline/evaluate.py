"""Verb `evaluate`: how good the way of training is, over several splits, beside its baselines.

Needs the data set alone, no platform. Writes docs/reference/model-quality.md and its pictures where asked to.
"""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from readmission.dataset import resolve_dataset
from readmission.dataset.parse_batch import parse_batch
from readmission.dataset.progress import Progress, no_progress
from readmission.learning.candidates import find_candidate
from readmission.learning.evaluation.divisions import (
    Division,
    divide_by_patient,
    divide_by_row,
    divide_by_time,
    divide_first_encounters,
)
from readmission.learning.evaluation.measure_division import (
    MeasuredDivision,
    measure_division,
    score_followed,
)
from readmission.learning.evaluation.report import summarise, write_report
from readmission.pipeline.transform_batch import mark_and_group
from readmission.settings import Settings

DROPPED = ("weight",)
"""Recorded for 3 % of stays; what `profile-columns` leaves out on the real data."""
SIDE_VIEWS = ("by row", "first encounter only", "by time")


def evaluate(
    settings: Settings,
    salts: Sequence[str],
    candidate: str,
    folder: Path | None,
    processes: int = 2,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Split, train and measure for every salt, then by row, by first encounters and by time.

    Args:
        settings: which data set, and the seed.
        salts: of the splits by patient.
        candidate: the way to train.
        folder: folder of the docs: ``reference/model-quality.md`` and its ``pictures`` go there; None writes nothing.
        processes: divisions measured side by side.
        progress: told of every division.

    Returns:
        Mean, SD and intervals of every way; see :func:`summarise`.

    Raises:
        InvalidInputError: there is no such candidate.
        DatasetError: the data set cannot be used.
    """
    find_candidate(candidate)
    resolved = resolve_dataset(settings)
    csv = str(resolved.csv_path)
    jobs = [
        _Job(csv, name, candidate, settings.seed, salts[0], settings.seed + number if number < len(salts) else None)
        for number, name in enumerate((*salts, *SIDE_VIEWS))
    ]
    progress("divisions", 0, len(jobs))
    # Spawned: a forked process would inherit Polars' threads.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(_measure, job) for job in jobs]
        for done, _ in enumerate(as_completed(waiting), 1):
            progress("divisions", done, len(jobs))
        measured = [each.result() for each in waiting]
    summary = {
        "dataset": {"kind": resolved.kind, "sha256": resolved.sha256, "rows": resolved.rows},
        "candidate": candidate,
        "seed": settings.seed,
        "salts": list(salts),
        "divisions": {each.name: {"train": each.train, "test": each.test} for each in measured},
        **summarise(measured[: len(salts)], measured[len(salts) :]),
    }
    if folder is not None:
        write_report(folder, summary, measured[0])
    return summary


@dataclass(frozen=True, slots=True)
class _Job:
    """One division; ``row_seed``: of the split by row for the followed project's way, beside a split by patient."""

    csv: str
    name: str
    candidate: str
    seed: int
    first_salt: str
    row_seed: int | None


def _measure(job: _Job) -> MeasuredDivision:
    frame = read_eligible(Path(job.csv))
    measured = measure_division(
        _divide(frame, job.name, job.seed, job.first_salt),
        job.candidate,
        job.seed,
        DROPPED,
        with_baselines=job.row_seed is not None,
        keep=job.name == job.first_salt,
    )
    if job.row_seed is not None:
        by_row = divide_by_row(frame, job.row_seed, f"by row, seed {job.row_seed}")
        measured.scores.append(score_followed(by_row, job.row_seed, DROPPED))
    return measured


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
