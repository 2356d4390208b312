"""Draw synthetic encounters in chunks and write them as CSV: memory does not grow with the rows asked for."""

from collections.abc import Iterator
from typing import IO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from readmission.contract.encounter import COLUMN_NAMES, DRUGS
from readmission.contract.target import CLASSES
from readmission.dataset.progress import Progress, no_progress
from readmission.dataset.synthetic.bands import DRAW_ORDER, PARENTS, PATIENT_COLUMNS
from readmission.dataset.synthetic.profile import Profile, load_profile
from readmission.dataset.synthetic.risk import compute_probabilities

GENERATOR_VERSION = 1
"""Raised whenever the same seed would give other rows."""
PATIENTS_PER_CHUNK = 8_192

_PRIME = 2**31 - 1
_ENCOUNTER_STEP, _PATIENT_STEP = 1_103_515_245, 1_664_525

Texts = NDArray[np.str_]


def synthetic_name(rows: int, seed: int) -> str:
    """File name of a synthetic data set in the cache."""
    return f"synthetic-v{GENERATOR_VERSION}-{rows}-{seed}.csv"


def synthesise_csv(file: IO[bytes], rows: int, seed: int, progress: Progress = no_progress) -> None:
    """Write ``rows`` synthetic encounters with a header. The same seed gives the same bytes, and a longer
    file begins with the shorter one.
    """
    done = 0
    for chunk in synthesise_chunks(seed):
        taken = chunk.head(rows - done)
        taken.write_csv(file, include_header=done == 0)
        done += taken.height
        progress("synthesise", done, rows)
        if done >= rows:
            return


def synthesise_chunks(seed: int) -> Iterator[pl.DataFrame]:
    """Endless frames of encounters, all columns text, in the order of the contract."""
    profile = load_profile()
    first_encounter = number = 0
    while True:
        generator = np.random.default_rng([seed, number])
        columns = _draw_encounters(generator, profile, number * PATIENTS_PER_CHUNK, first_encounter)
        frame = pl.DataFrame({name: columns[name] for name in COLUMN_NAMES})
        first_encounter += frame.height
        number += 1
        yield frame


def _draw_encounters(
    generator: np.random.Generator, profile: Profile, first_patient: int, first_encounter: int
) -> dict[str, Texts]:
    """Columns of one chunk of patients, each with all of its encounters."""
    nobody = np.zeros(PATIENTS_PER_CHUNK, dtype=np.int64)
    stays = profile.tables["stays"].values[profile.tables["stays"].draw(generator, nobody)].astype(np.int64)
    patient = np.repeat(np.arange(PATIENTS_PER_CHUNK), stays)
    columns: dict[str, Texts] = {"stays": stays[patient].astype(str)}
    for name in PATIENT_COLUMNS:
        table = profile.tables[name]
        columns[name] = table.values[table.draw(generator, nobody)[patient]]
    for name in DRAW_ORDER:
        table = profile.tables[name]
        columns[name] = table.values[table.draw(generator, _bands(name, columns, len(patient)))]
    _write_regimen(columns)
    columns["readmitted"] = _draw_outcomes(generator, columns, profile)
    columns["encounter_id"] = _scatter(first_encounter + np.arange(len(patient)), _ENCOUNTER_STEP)
    columns["patient_nbr"] = _scatter(first_patient + patient, _PATIENT_STEP)
    return columns


def _bands(name: str, columns: dict[str, Texts], rows: int) -> NDArray[np.int64]:
    if name not in PARENTS:
        return np.zeros(rows, dtype=np.int64)
    parent, band = PARENTS[name]
    values, position = np.unique(columns[parent], return_inverse=True)
    return band(values)[position]


def _write_regimen(columns: dict[str, Texts]) -> None:
    """Turn ``change drug=state ...`` into the drugs' columns, ``change`` and ``diabetesMed``."""
    regimens, position = np.unique(columns["regimen"], return_inverse=True)
    parts = [regimen.split() for regimen in regimens.tolist()]
    states = [dict(entry.split("=") for entry in part[1:]) for part in parts]
    for drug in DRUGS:
        columns[drug] = np.array([state.get(drug, "No") for state in states])[position]
    columns["change"] = np.array([part[0] for part in parts])[position]
    columns["diabetesMed"] = np.array(["Yes" if state else "No" for state in states])[position]


def _draw_outcomes(generator: np.random.Generator, columns: dict[str, Texts], profile: Profile) -> Texts:
    cumulative = np.cumsum(compute_probabilities(columns, profile.risk), axis=1)[:, :-1]
    outcomes: Texts = np.array(CLASSES)[(generator.random(len(cumulative))[:, None] >= cumulative).sum(axis=1)]
    return outcomes


def _scatter(index: NDArray[np.int64], step: int) -> Texts:
    """Distinct numbers from 1 in no visible order, without remembering those already given (below 2**31)."""
    scattered: Texts = ((index * step) % _PRIME + 1).astype(str)
    return scattered
