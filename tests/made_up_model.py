"""Made-up training rows and a real, small model trained on them in about two seconds, for any test."""

from pathlib import Path
from typing import Any

import numpy as np

from readmission.contract.codes import NOT_ELIGIBLE_DISPOSITIONS
from readmission.contract.encounter import INPUT_COLUMNS, Column
from readmission.features.encounter_table import EncounterTable
from readmission.learning.build_model import build_model, export_model
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import LabelledEncounters, cross_validate
from readmission.model.artifact import Manifest

_CODES = {
    "diag_1": ["250.13", "428", "401", "486", "V57", "8", None],
    "diag_2": ["250", "276", "403", "707", "E888", None],
    "diag_3": ["250.4", "584", "197", None],
    "payer_code": ["MC", "BC", None],
    "medical_specialty": ["InternalMedicine", "Cardiology", None],
}
DATASET = {"kind": "synthetic", "sha256": "0" * 64}


def _draw(column: Column, random: np.random.Generator) -> Any:
    if column.kind == "count":
        return int(random.integers(column.minimum or 0, 12))
    if column.kind == "coded":
        return int(random.choice(sorted(set(column.labels) - NOT_ELIGIBLE_DISPOSITIONS)[:6]))
    values: list[Any] = _CODES.get(column.name) or list(column.allowed)
    return values[int(random.integers(len(values)))]


def make_encounters(rows: int, seed: int = 7) -> LabelledEncounters:
    """Encounters whose outcome depends on the prior inpatient stays, so that there is something to learn."""
    random = np.random.default_rng(seed)
    encounters = [{column.name: _draw(column, random) for column in INPUT_COLUMNS} for _ in range(rows)]
    tendency = np.array([row["number_inpatient"] / 4 for row in encounters]) + random.normal(0, 2.0, rows)
    labels = np.digitize(tendency, [1.6, 4.1]).astype(np.int64)
    return LabelledEncounters(EncounterTable.of(encounters), labels, random.integers(1, rows // 2, rows))


def make_model_folder(
    folder: Path, candidate: str = "lightgbm", rows: int = 2000, seed: int = 1
) -> tuple[Manifest, str]:
    """Train on made-up rows and write a whole model folder.

    Returns:
        The manifest, and the SHA-256 of its file (the registry's tag ``manifest_sha256``).
    """
    data = make_encounters(rows)
    way = find_candidate(candidate)
    folds = cross_validate(data, way, seed)
    built = build_model(data, way, folds.out_of_fold, seed, folds.rounds)
    return export_model(folder, built, dataset=DATASET, training_data_sha256="1" * 64, code_commit="test", seed=seed)
