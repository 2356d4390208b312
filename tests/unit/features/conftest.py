"""A training table made by a fixed random generator, and the encoder learned on it."""

from typing import Any

import numpy as np
import pytest

from readmission.contract.encounter import INPUT_COLUMNS, Column
from readmission.features.encoder import Encoder

_CODES = {
    "diag_1": ["250.13", "428", "401", "486", "V57", "8", None],
    "diag_2": ["250", "276", "403", "707", "E888", None],
    "diag_3": ["250.4", "584", "197", None],
    "payer_code": ["MC", "BC", None],
    "medical_specialty": ["InternalMedicine", "Cardiology", None],
}


def _draw(column: Column, random: np.random.Generator) -> Any:
    if column.kind == "count":
        return int(random.integers(column.minimum or 0, 12))
    if column.kind == "coded":
        return int(random.choice(sorted(set(column.labels) - {11, 13, 14, 19, 20, 21})[:6]))
    values: list[Any] = _CODES.get(column.name) or list(column.allowed)
    return values[int(random.integers(len(values)))]


@pytest.fixture(scope="session")
def train_rows() -> tuple[list[dict[str, Any]], list[int], list[int]]:
    """2,000 encounters, their classes and their patients."""
    random = np.random.default_rng(7)
    rows = [{column.name: _draw(column, random) for column in INPUT_COLUMNS} for _ in range(2000)]
    labels = [int(min(2, row["number_inpatient"] // 4)) for row in rows]
    return rows, labels, [int(patient) for patient in random.integers(1, 900, len(rows))]


@pytest.fixture(scope="session")
def encoder(train_rows: tuple[list[dict[str, Any]], list[int], list[int]]) -> Encoder:
    rows, labels, patients = train_rows
    return Encoder.fit_transform(rows, labels, patients, seed=1, dropped=["weight", "examide"])[0]
