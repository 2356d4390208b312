"""The real splits and the recipe trained on them, once for all tests of a session: about a minute on one core."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from readmission.contract.encounter import COLUMN_NAMES
from readmission.learning.build_model import BuiltModel, build_model, export_model
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import LabelledEncounters, cross_validate
from readmission.learning.split_data import label_encounters
from readmission.model.session import StoredModel, open_model
from tests.clean_tables import read_real_frame

SEED = 296
DROPPED = ("weight",)
Splits = dict[str, LabelledEncounters]


@dataclass(frozen=True)
class RealModel:
    """The recipe on the real train patients: as trained, its cross-validated metrics, and as stored."""

    built: BuiltModel
    cross_validated: dict[str, float]
    folder: Path
    stored: StoredModel


@pytest.fixture(scope="session")
def real_splits(real_dataset: Path) -> Splits:
    """Encounters of each split."""
    return read_splits(real_dataset)


@pytest.fixture(scope="session")
def real_model(real_splits: Splits, tmp_path_factory: pytest.TempPathFactory) -> RealModel:
    """The recipe, trained, calibrated, exported and opened again."""
    return train_real_model(real_splits, tmp_path_factory.mktemp("real-model"))


def read_splits(archive: Path) -> Splits:
    """Encounters of each split of the data set's archive."""
    frame = read_real_frame(archive)
    return {
        split: label_encounters(rows.select(COLUMN_NAMES), str(split))
        for (split,), rows in frame.partition_by("split", as_dict=True).items()
    }


def train_real_model(splits: Splits, folder: Path) -> RealModel:
    """Train the recipe on the train split, write its files and open them."""
    candidate = find_candidate("lightgbm")
    found = cross_validate(splits["train"], candidate, SEED, DROPPED)
    built = build_model(splits["train"], candidate, found.out_of_fold, SEED, found.rounds, DROPPED)
    sha256 = write_model(folder, built)
    return RealModel(built, found.mean_metrics, folder, open_model(folder, sha256))


def write_model(folder: Path, built: BuiltModel) -> str:
    """Write a model's files; returns the SHA-256 of its manifest."""
    dataset = {"kind": "uci", "sha256": "0" * 64}
    return export_model(folder, built, dataset=dataset, training_data_sha256="0" * 64, code_commit="test", seed=SEED)[1]
