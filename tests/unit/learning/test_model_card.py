"""A card answers every item of both checklists, from the run, and nothing empty passes for an answer."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from readmission.contract.origin import StoredDataset
from readmission.contract.target import T1, T2
from readmission.errors import ArtifactError
from readmission.features.encounter_table import EncounterTable
from readmission.learning.measures.bootstrap import draw_patients
from readmission.learning.measures.metrics import measure
from readmission.learning.model_card import find_empty_card_items, find_empty_items, write_card
from readmission.learning.model_card.describe_split import describe_split
from readmission.learning.model_card.measure_split import measure_split
from readmission.learning.model_card.sections import REQUIRED, SECTIONS
from readmission.learning.model_card.source_attributes import SOURCE_ATTRIBUTES
from readmission.learning.model_card.tripod_ai import TRIPOD_AI
from readmission.learning.split_data import SplitData
from readmission.model.artifact import CARD_FILE, CARD_PAGE_FILE, add_documents
from tests.made_up_card import make_facts
from tests.made_up_model import make_encounters
from tests.small_model import SmallModel

PNG = b"\x89PNG made up"
PLOTS = {split: {"calibration.png": PNG, "subgroups.png": PNG} for split in ("validation", "test")}


@cache
def card_of(**options: Any) -> tuple[str, str]:
    """Markdown and HTML of a made-up card."""
    files = write_card(make_facts(**options), PLOTS)
    return files[CARD_FILE].decode(), files[CARD_PAGE_FILE].decode()


def test_the_lists_are_those_of_the_standards() -> None:
    assert len({re.match(r"\d+", number)[0] for number in TRIPOD_AI}) == 27  # type: ignore[index]
    assert len(TRIPOD_AI) == 52
    per_group = [sum(key.startswith(f"({group})") for key in SOURCE_ATTRIBUTES) for group in range(1, 10)]
    assert per_group == [4, 4, 2, 4, 2, 4, 5, 4, 2]
    assert len(SOURCE_ATTRIBUTES) == 31


@pytest.mark.parametrize("kind", ["uci", "file", "synthetic"])
def test_every_item_is_there_and_says_something(kind: str) -> None:
    markdown, page = card_of(kind=kind)
    assert find_empty_items(markdown) == ()
    for heading in REQUIRED.values():
        assert re.search(rf"^#+ {re.escape(heading)}$", markdown, re.MULTILINE), heading
    assert len(Page.read(page).sections) == len(REQUIRED)
    assert all(Page.read(page).sections.values())


@pytest.mark.parametrize("key", list(REQUIRED))
def test_an_emptied_or_missing_item_is_found_by_name(key: str) -> None:
    markdown, _ = card_of()
    mark = "##" if key in SECTIONS else "###"
    start = markdown.index(f"{mark} {REQUIRED[key]}\n")
    text = start + len(f"{mark} {REQUIRED[key]}\n")
    following = re.compile(r"^#{1,3} ", re.MULTILINE).search(markdown, text)
    end = following.start() if following else len(markdown)
    assert find_empty_items(markdown[:text] + "\n \n" + markdown[end:]) == (key,)
    assert find_empty_items(markdown[:start] + markdown[end:]) == (key,)
    # A second heading of the same name cannot stand in for the first.
    assert find_empty_items(markdown[:text] + "\n" + markdown[start:]) == (key,)


def test_what_the_operator_must_say_is_empty_until_it_is_said() -> None:
    markdown, _ = card_of(contact=" ")
    assert find_empty_items(markdown) == ("HTI-1 (1)(i)",)
    markdown, _ = card_of(funding="")
    assert find_empty_items(markdown) == ("TRIPOD+AI 18a", "HTI-1 (1)(ii)")
    markdown, _ = card_of(kind="file", data_source="")
    assert {"TRIPOD+AI 5a", "TRIPOD+AI 17", "TRIPOD+AI 18e", "HTI-1 (4)(i)"} <= set(find_empty_items(markdown))


def test_synthetic_data_is_said_first() -> None:
    markdown, page = card_of(kind="synthetic")
    assert markdown.splitlines()[2].startswith("> **SYNTHETIC DATA.")
    assert page.index("SYNTHETIC DATA.") < page.index("Not a medical device")
    assert "SYNTHETIC" not in card_of(kind="uci")[0]


def test_the_figures_are_those_of_the_run() -> None:
    facts = make_facts()
    markdown, _ = card_of()
    for split in ("validation", "test"):
        for target in (T1, T2):
            for name in ("roc_auc", "ece"):
                estimate = facts.measured[split].figures[target][name]
                assert estimate.low is not None
                assert estimate.high is not None
                assert estimate.low < estimate.high
                assert estimate.show(4 if name == "ece" else 3) in markdown
    for figure in (facts.manifest.model_hash, facts.manifest.dataset["sha256"], facts.manifest.code_commit):
        assert f"`{figure}`" in markdown
    assert "0.1667 (16.7 %)" in markdown
    assert "5.0 needless follow-ups" in markdown
    assert facts.measured["test"].decisions["number_needed_to_evaluate"].show(1) in markdown


def test_measures_are_those_of_the_gate_with_intervals_over_patients() -> None:
    data = make_encounters(3000, 5)
    split = SplitData(data, "0" * 64, StoredDataset("uci", "0" * 64), ())
    random = np.random.default_rng(3)
    scores = random.normal(0, 0.4, (3000, 3)) + np.eye(3)[data.labels] * 0.8
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    found = measure_split(split, probabilities, 0.3, seed=1)
    logged = measure(probabilities, data.labels)
    for target in (T1, T2):
        for name in ("roc_auc", "pr_auc", "brier", "ece"):
            assert found.figures[target][name].value == logged[f"{target}_{name}"]
        auc = found.figures[target]["roc_auc"]
        assert auc.low is not None
        assert auc.high is not None
        assert auc.low < auc.value < auc.high
    # The share flagged is a plain mean over drawn patients: counted here row by row.
    flagged = probabilities[:, 2] >= 0.3
    drawn = [float(flagged.repeat(each.astype(int)).mean()) for each in draw_patients(data.patients, 1)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    rate = found.decisions["flag_rate"]
    assert rate.low == pytest.approx(low, abs=1e-6)
    assert rate.high == pytest.approx(high, abs=1e-6)
    assert {group.name for group in found.subgroups} >= {"gender: Female", "gender: Male"}
    assert sum(period.encounters for period in found.periods[T1]) == 3000


def test_no_patient_can_be_read_from_a_card() -> None:
    facts = make_facts()
    markdown, page = card_of()
    for text in (markdown, page):
        assert not re.search(r"987,?0\d\d,?\d\d\d", text)  # numbers of the made-up patients
    for split in facts.splits.values():
        for groups in split.groups.values():
            assert all(group.encounters >= 11 for group in groups.values())
    few = make_encounters(1000, 5)
    rare = [dict(each, race="Asian" if place < 10 else "Caucasian") for place, each in enumerate(few.encounters)]
    described = describe_split(
        "train",
        SplitData(
            type(few)(EncounterTable.of(rare), few.labels, few.patients), "0" * 64, StoredDataset("uci", "0" * 64), ()
        ),
    )
    assert set(described.groups["race"]) == {"Caucasian"}


def test_the_page_stands_alone_and_runs_nothing() -> None:
    evil = "<script>alert(1)</script> [go](javascript:alert(1)) ![x](http://evil.example/x.png) | cell"
    markdown, page = card_of(kind="file", data_source=evil, developer=evil)
    assert find_empty_items(markdown) == ()
    read = Page.read(page)
    assert not {"script", "iframe", "object", "form", "link", "base"} & read.tags
    assert all(not name.startswith("on") for name in read.attributes)
    assert all(link.startswith("#") for link in read.links)
    assert [each for each in read.sources if each.startswith("data:image/png;base64,")] != []
    assert "Risk against share that came back, by tenths of risk (validation)" in read.captions


def test_the_same_facts_give_the_same_bytes() -> None:
    assert write_card(make_facts(), PLOTS) == write_card(make_facts(), PLOTS)


def test_a_card_beside_a_model_changes_its_manifest_alone(tmp_path: Path) -> None:
    model = SmallModel.write(tmp_path / "model")
    assert find_empty_card_items(model.folder, model.manifest) == (
        f"{CARD_FILE} (missing)",
        f"{CARD_PAGE_FILE} (missing)",
    )
    with_card = model.with_card(*card_of())
    assert with_card.manifest.model_hash == model.manifest.model_hash
    assert with_card.manifest_sha256 != model.manifest_sha256
    with_card.open()
    assert find_empty_card_items(with_card.folder, with_card.manifest) == ()
    # What lies in the folder without being listed is no part of the version.
    assert find_empty_card_items(with_card.folder, model.manifest)[0] == f"{CARD_FILE} (missing)"
    (with_card.folder / CARD_FILE).write_text("another card")
    with pytest.raises(ArtifactError, match=re.escape(CARD_FILE)):
        find_empty_card_items(with_card.folder, with_card.manifest)
    with pytest.raises(ArtifactError, match=r"model\.onnx"):
        add_documents(model.folder, model.manifest, {"model.onnx": b"another model"})


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.captions: list[str] = []
        self.sections: dict[str, str] = {}
        self._section: str | None = None
        self._in_heading = False

    @classmethod
    def read(cls, text: str) -> "Page":
        page = cls()
        page.feed(text)
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.attributes |= found.keys()
        if tag == "a":
            self.links.append(found["href"] or "")
        if tag == "img":
            self.sources.append(found["src"] or "")
            self.captions.append(found["alt"] or "")
        if tag == "section":
            self._section = found["aria-labelledby"] or ""
            self.sections[self._section] = ""
        self._in_heading = tag in ("h2", "h3")

    def handle_endtag(self, tag: str) -> None:
        self._in_heading = False
        if tag == "section":
            self._section = None

    def handle_data(self, data: str) -> None:
        if self._section is not None and not self._in_heading:
            self.sections[self._section] += data.strip()
