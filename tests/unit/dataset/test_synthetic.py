"""Synthetic encounters: the contract, determinism, bounded memory, and a signal that a model can find."""

import io
import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from readmission.contract.encounter import COLUMN_NAMES, COLUMNS, COUNTS
from readmission.contract.parse import parse_text
from readmission.dataset.check_csv import check_csv
from readmission.dataset.splits import assign_split
from readmission.dataset.synthetic import synthesise_csv
from readmission.services.data_service.check_arrival import find_problem

ROWS = 60_000


def synthesise(rows: int, seed: int = 1) -> bytes:
    file = io.BytesIO()
    synthesise_csv(file, rows, seed)
    return file.getvalue()


@pytest.fixture(scope="module")
def encounters() -> pl.DataFrame:
    return pl.read_csv(synthesise(ROWS), infer_schema=False)


def test_same_seed_same_bytes_and_longer_begins_with_shorter() -> None:
    short, long = synthesise(500), synthesise(20_000)
    assert synthesise(500) == short
    assert long.startswith(short)
    assert synthesise(500, seed=2) != short


def test_every_value_keeps_the_contract(encounters: pl.DataFrame) -> None:
    assert tuple(encounters.columns) == COLUMN_NAMES
    broken = [
        (column.name, value)
        for column in COLUMNS
        for value in encounters[column.name].unique()
        if find_problem(column, value)
    ]
    assert broken == []


def test_shape_is_that_of_a_data_set(tmp_path: Path) -> None:
    path = tmp_path / "synthetic.csv"
    path.write_bytes(synthesise(5_000))
    assert check_csv(path) == 5_000


def test_prevalence_and_stays_are_realistic(encounters: pl.DataFrame) -> None:
    readmitted = encounters["readmitted"]
    assert (readmitted == "<30").mean() == pytest.approx(0.112, abs=0.01)
    assert (readmitted != "NO").mean() == pytest.approx(0.461, abs=0.02)
    assert ROWS / encounters["patient_nbr"].n_unique() == pytest.approx(101_766 / 71_518, abs=0.05)
    died = encounters.filter(pl.col("discharge_disposition_id").is_in(["11", "19", "20", "21"]))
    assert died.height > 0
    assert died["readmitted"].unique().to_list() == ["NO"]


def test_drugs_and_their_summary_agree(encounters: pl.DataFrame) -> None:
    drugs = [column.name for column in COLUMNS if column.kind == "drug"]
    any_drug = pl.any_horizontal(pl.col(drugs) != "No")
    assert encounters.filter(any_drug != (pl.col("diabetesMed") == "Yes")).is_empty()


def test_a_model_finds_the_signal_on_patients_it_never_saw(encounters: pl.DataFrame) -> None:
    eligible = encounters.filter(~pl.col("discharge_disposition_id").is_in(["11", "13", "14", "19", "20", "21"]))
    features = np.column_stack([_numbers(eligible, column.name) for column in COLUMNS[2:-1]])
    split = np.array([assign_split(patient, "readmission-v1") for patient in eligible["patient_nbr"]])
    label = (eligible["readmitted"] == "<30").to_numpy()
    parameters = {"objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 60, "verbose": -1}
    train = split == "train"
    booster = lightgbm.train(parameters, lightgbm.Dataset(features[train], label[train]), 120)
    auc = roc_auc_score(label[~train], booster.predict(features[~train]))
    assert 0.62 < auc < 0.72


def test_memory_does_not_grow_with_rows() -> None:
    code = (
        "import resource, sys; from readmission.dataset.synthetic import synthesise_csv; "
        "synthesise_csv(open('/dev/null', 'wb'), int(sys.argv[1]), 1); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = [
        int(subprocess.run([sys.executable, "-c", code, str(rows)], capture_output=True, check=True, text=True).stdout)
        for rows in (30_000, 240_000)
    ]
    assert peaks[1] < 1.25 * peaks[0]


def _numbers(frame: pl.DataFrame, name: str) -> np.ndarray:
    if name in COUNTS:
        return frame[name].cast(pl.Float64).to_numpy()
    return frame[name].rank("dense").cast(pl.Float64).to_numpy()


def test_the_profile_holds_no_small_count() -> None:
    source = resources.files("readmission.dataset.synthetic").joinpath("profile.json")
    text = source.read_text("utf-8")
    assert len(text) < 100_000
    tables = json.loads(text)["tables"]
    assert not {"encounter_id", "patient_nbr", "readmitted"} & set(tables)
    counts = {count for table in tables.values() for row in table["counts"] for count in row}
    assert min(counts - {0}) >= 11
    for column in COLUMNS:
        if column.name in tables:
            assert [parse_text(column, value) for value in tables[column.name]["values"]]
