"""How often drift is called if there is none, and how far the estimated performance is off, on the real data.

`python scripts/measure_monitoring.py drift` or `estimate`; READMISSION_DATASET names the archive. Both read the
data set alone: no part of the platform has to run. docs/explanation/drift-and-performance.md quotes what they print.
"""

import io
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from readmission.contract.encounter import COLUMN_NAMES
from readmission.contract.target import T1, T2
from readmission.dataset.parse_batch import parse_batch
from readmission.dataset.splits import assign_splits
from readmission.learning.build_model import build_model
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import LabelledEncounters, cross_validate
from readmission.learning.drift.columns import find_drift
from readmission.learning.drift.estimate_performance import estimate_performance
from readmission.learning.measures.metrics import split_targets
from readmission.learning.split_data import label_encounters
from readmission.learning.training_profile import TrainingProfile, describe_columns
from readmission.pipeline.transform_batch import mark_and_group

BATCHES = {200: 400, 500: 400, 1500: 400, 5000: 200}
"""Rows of a batch to how many batches are drawn."""
MONTHS, HISTORY, SALTS, SEED = 12, 2, 8, 296
DROPPED = ("weight",)


def read(archive: Path) -> pl.DataFrame:
    """Typed, eligible encounters in the order of ``encounter_id``."""
    with zipfile.ZipFile(archive) as opened:
        raw = pl.read_csv(io.BytesIO(opened.read("diabetic_data.csv")), infer_schema=False)
    typed, _ = parse_batch(raw.with_row_index("row_number"))
    return mark_and_group(typed).filter(pl.col("eligible")).select(COLUMN_NAMES).sort("encounter_id")


def divide(frame: pl.DataFrame, salt: str = "readmission-v1") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of train, and rows of the other patients."""
    splits = assign_splits(frame["patient_nbr"].to_list(), salt)
    train = frame["patient_nbr"].replace_strict(splits, return_dtype=pl.String) == "train"
    return frame.filter(train), frame.filter(~train)


def measure_drift(frame: pl.DataFrame) -> Iterator[str]:
    """Batches drawn at random from train's own rows, and from patients train does not hold."""
    train, others = divide(frame)
    profile = TrainingProfile(describe_columns(train.to_dicts()), {})
    for name, part in (("train", train), ("other patients", others)):
        rows = part.to_dicts()
        random = np.random.default_rng(SEED)
        for size, batches in BATCHES.items():
            drawn = [[rows[row] for row in random.choice(len(rows), size, replace=False)] for _ in range(batches)]
            alarms = sum(any(each.drifted for each in find_drift(profile, batch)) for batch in drawn)
            yield f"{name}: {alarms} of {batches} batches of {size} rows raise an alarm"


def measure_estimate(frame: pl.DataFrame) -> Iterator[str]:
    """LightGBM trained on two months: error of the estimated AUC on other patients of these months, and on the next."""
    size = len(frame) / MONTHS
    history = frame.head(round(HISTORY * size))
    following = label_encounters(frame[round(HISTORY * size) : round((HISTORY + 1) * size)], "next month")
    errors: dict[tuple[str, str], list[float]] = {}
    for number in range(1, SALTS + 1):
        train, others = divide(history, f"readmission-v{number}")
        data, candidate = label_encounters(train, "train"), find_candidate("lightgbm")
        found = cross_validate(data, candidate, SEED, DROPPED)
        built = build_model(data, candidate, found.out_of_fold, SEED, found.rounds, DROPPED)
        checked = {"other patients, same months": label_encounters(others, "others"), "the next month": following}
        for where, labelled in checked.items():
            for target, error in _errors(built.predict(labelled), labelled).items():
                errors.setdefault((target, where), []).append(error)
    for target in (T1, T2):
        for where in ("other patients, same months", "the next month"):
            found_errors = errors[target, where]
            mean, spread = np.mean(found_errors), np.std(found_errors, ddof=1)
            yield f"{target}, {where}: estimate is {mean:+.4f} off (SD over {SALTS} divisions {spread:.4f})"


def _errors(probabilities: np.ndarray, labelled: LabelledEncounters) -> dict[str, float]:
    targets = split_targets(probabilities, labelled.labels)
    return {
        target: estimate_performance(risks, SEED)["roc_auc"].value - float(roc_auc_score(outcomes, risks))
        for target, (outcomes, risks) in targets.items()
    }


if __name__ == "__main__":
    parts = {"drift": measure_drift, "estimate": measure_estimate}
    if len(sys.argv) != 2 or sys.argv[1] not in parts or "READMISSION_DATASET" not in os.environ:
        sys.exit(f"usage: READMISSION_DATASET=ARCHIVE {sys.argv[0]} {'|'.join(parts)}")
    for line in parts[sys.argv[1]](read(Path(os.environ["READMISSION_DATASET"]))):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
