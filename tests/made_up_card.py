"""A whole model card of a small model trained on made-up rows, in a few seconds."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from readmission.contract.origin import StoredDataset
from readmission.learning.build_model import build_model, export_model
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import LabelledEncounters, cross_validate
from readmission.learning.model_card import CardFacts, collect_facts
from readmission.learning.split_data import SplitData
from readmission.settings import ModelCardSettings
from tests.made_up_model import make_encounters

DROPPED = ("weight",)
COUNTED = {"encounters": 3100, "deaths and hospice": 50, "rows in quarantine": 50}


def make_facts(kind: str = "uci", **declared: Any) -> CardFacts:
    """Facts of a model of made-up rows, told to be of a kind of data set."""
    facts = _train()
    manifest = replace(facts.manifest, dataset={**facts.manifest.dataset, "kind": kind})
    return replace(facts, declared=ModelCardSettings(**declared), manifest=manifest)


@lru_cache(maxsize=1)
def _train() -> CardFacts:
    dataset = StoredDataset("uci", "d" * 64)
    splits = {
        name: SplitData(_known_patients(make_encounters(rows, seed), start), name[0] * 64, dataset, DROPPED)
        for name, rows, seed, start in (("train", 1500, 7, 0), ("validation", 900, 8, 10_000), ("test", 900, 9, 20_000))
    }
    way, data = find_candidate("logistic-regression"), splits["train"].data
    folds = cross_validate(data, way, 1, DROPPED)
    built = build_model(data, way, folds.out_of_fold, 1, folds.rounds, DROPPED)
    with TemporaryDirectory() as folder:
        manifest, _ = export_model(
            Path(folder),
            built,
            dataset={"kind": dataset.kind, "sha256": dataset.sha256},
            training_data_sha256=splits["train"].sha256,
            code_commit="test-commit",
            seed=1,
        )
    probabilities = {name: built.predict(splits[name].data) for name in ("validation", "test")}
    declared = ModelCardSettings()
    return collect_facts(declared, manifest, way, folds.mean_metrics, splits, probabilities, COUNTED)


def _known_patients(data: LabelledEncounters, start: int) -> LabelledEncounters:
    """Patients of their own for each split, with numbers no other figure of a card could be."""
    return LabelledEncounters(data.encounters, data.labels, 987_000_000 + start + data.patients)
