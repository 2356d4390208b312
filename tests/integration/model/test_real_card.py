"""The card of a model of real patients: its figures, its known failures, and no patient in it."""

import re
import sys
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from readmission.contract.origin import StoredDataset
from readmission.contract.target import T1, T2
from readmission.learning.candidates import find_candidate
from readmission.learning.measures.metrics import measure
from readmission.learning.measures.plots import draw_plots
from readmission.learning.measures.quality_plots import draw_quality_plots
from readmission.learning.model_card import CardFacts, collect_facts, find_empty_items, write_card
from readmission.learning.split_data import SplitData
from readmission.model.artifact import CARD_FILE, CARD_PAGE_FILE
from readmission.settings import ModelCardSettings
from tests.real_model import DROPPED, RealModel, Splits

pytestmark = pytest.mark.timeout(900)  # the first test trains on the real data set


@pytest.fixture(scope="module")
def facts(real_model: RealModel, real_splits: Splits) -> CardFacts:
    """Of the recipe trained on the real train patients."""
    dataset = StoredDataset("uci", sha256(b"real").hexdigest())
    splits = {
        name: SplitData(real_splits[name], sha256(name.encode()).hexdigest(), dataset, DROPPED)
        for name in ("train", "validation", "test")
    }
    return collect_facts(
        ModelCardSettings(),
        real_model.stored.manifest,
        find_candidate("lightgbm"),
        real_model.cross_validated,
        splits,
        {name: real_model.built.predict(real_splits[name]) for name in ("validation", "test")},
        {"eligible encounters": sum(len(each.labels) for each in real_splits.values())},
    )


@pytest.fixture(scope="module")
def card(facts: CardFacts, real_model: RealModel, real_splits: Splits) -> dict[str, str]:
    """Both files, with the pictures the run draws."""
    plots = {}
    for name, measured in facts.measured.items():
        probabilities, labels = real_model.built.predict(real_splits[name]), real_splits[name].labels
        figures = draw_plots(probabilities, labels)
        figures |= draw_quality_plots(probabilities, labels, measured.subgroups, facts.manifest.threshold)
        plots[name] = {file: bytes(f"{name} {file} {figure.dpi}", "ascii") for file, figure in figures.items()}
    return {name: content.decode() for name, content in write_card(facts, plots).items()}


def test_it_is_whole_and_says_what_was_measured(
    card: dict[str, str], facts: CardFacts, real_model: RealModel, real_splits: Splits
) -> None:
    sys.stdout.write(card[CARD_FILE])  # for `pytest -s`: the card itself
    assert find_empty_items(card[CARD_FILE]) == ()
    assert "SYNTHETIC" not in card[CARD_FILE]
    assert card[CARD_PAGE_FILE].count("data:image/png;base64,") == 10
    for name in ("validation", "test"):
        logged = measure(real_model.built.predict(real_splits[name]), real_splits[name].labels)
        for target in (T1, T2):
            auc = facts.measured[name].figures[target]["roc_auc"]
            assert auc.value == logged[f"{target}_roc_auc"]
            assert auc.low is not None
            assert auc.high is not None
            assert 0.005 < auc.high - auc.low < 0.04  # what 20,000 encounters can tell
            assert auc.show() in card[CARD_FILE]


@pytest.mark.parametrize("name", ["validation", "test"])
def test_the_age_gap_of_these_data_is_measured_and_told(card: dict[str, str], facts: CardFacts, name: str) -> None:
    ages = {each.name: each for each in facts.measured[name].subgroups if each.name.startswith("age: ")}
    best, worst = max(ages, key=lambda age: ages[age].auc[T1]), min(ages, key=lambda age: ages[age].auc[T1])
    assert ages[best].auc[T1] - ages[worst].auc[T1] > 0.03
    told = next(line for line in card[CARD_FILE].splitlines() if line.startswith("**Age gap.**"))
    assert f"{name}: best for {best}, ROC AUC {ages[best].auc[T1]:.3f} (" in told
    assert f"worst for {worst}, ROC AUC {ages[worst].auc[T1]:.3f} (" in told


def test_drift_over_time_shows_by_quarters(facts: CardFacts) -> None:
    observed = [period.observed for period in facts.measured["validation"].periods[T2]]
    assert observed[-1] < observed[0]  # returns at all became rarer in these ten years


def test_nobody_can_be_found_in_it(card: dict[str, str], real_splits: Splits) -> None:
    known = {str(each) for split in real_splits.values() for each in split.patients}
    known |= {str(row.get("encounter_id")) for split in real_splits.values() for row in split.encounters}
    text = re.sub(r"data:image[^\"]+|\b[0-9a-f]{12,}\b", "", "".join(card.values())).replace(",", "")
    assert not known & set(re.findall(r"[0-9]{7,}", text))


def test_a_group_made_worse_shows_in_its_row(
    facts: CardFacts, real_model: RealModel, real_splits: Splits, card: dict[str, str]
) -> None:
    """Risks of one group shuffled among themselves: its row, and the known failures, say so."""
    data = real_splits["validation"]
    probabilities = real_model.built.predict(data)
    group = np.array([row.get("race") == "AfricanAmerican" for row in data.encounters])
    probabilities[group] = np.random.default_rng(1).permutation(probabilities[group])
    worse = collect_facts(
        facts.declared,
        facts.manifest,
        find_candidate("lightgbm"),
        facts.cross_validated,
        {name: SplitData(real_splits[name], "0" * 64, StoredDataset("uci", "0" * 64), DROPPED) for name in real_splits},
        {"validation": probabilities},
        facts.rows,
    )
    measured = {**facts.measured, "validation": worse.measured["validation"]}
    shuffled = write_card(replace(facts, measured=measured), {})[CARD_FILE].decode()

    def row(text: str) -> str:
        return next(line for line in text.splitlines() if line.startswith("| race: AfricanAmerican ("))

    auc = float(row(shuffled).split("|")[2].split()[0])
    assert abs(auc - 0.5) < 0.05
    assert float(row(card[CARD_FILE]).split("|")[2].split()[0]) > 0.6
