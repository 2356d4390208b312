"""What ICD-10-CM costs: real held-out patients carried to it by the CMS mappings, and scored from there.

    READMISSION_DATASET=ARCHIVE python -m benchmarks.icd10 [--seeds 5]

Trains the recipe on the train patients (a minute), then carries each diagnosis of the test patients to one of the
ICD-10-CM codes its category became, drawn with a fixed seed, and scores the encounters as they come in at the door.
"""

import argparse
import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from readmission.contract.encounter import DIAGNOSES, DIAGNOSIS_SYSTEM, ICD10CM
from readmission.features.diagnosis_codes import read_category
from readmission.features.diagnosis_translation import UNMAPPED
from readmission.learning.cross_validation import LabelledEncounters
from readmission.model.session import StoredModel
from readmission.model.value_warnings import warn_of_values

NOWHERE = "U99"
"""An ICD-10-CM code that no category became anything like: stands for those the mappings lead nowhere."""
_TABLE = Path(__file__).with_name("icd9_to_icd10.tsv")
_MOST_NAMED = 15
Encounter = dict[str, Any]


@dataclass(frozen=True)
class RoundTrip:
    """Test patients as they are, and carried to ICD-10-CM.

    Attributes:
        auc: of ``risk_30d`` before and after.
        flagged: patients flagged before.
        kept: of those, flagged after too.
        gained: flagged after only.
        warned: encounters whose answer says that a code may stand for several.
        diagnoses: given; same: read as the category they were.
        changed: (category, read as) to diagnoses.
        lost: (category, read as) to diagnoses of patients who lost their flag.
    """

    auc: tuple[float, float]
    flagged: int
    kept: int
    gained: int
    warned: int
    diagnoses: int
    same: int
    changed: Counter[tuple[str, str]]
    lost: Counter[tuple[str, str]]

    @property
    def kept_share(self) -> float:
        """Share of the flags that are kept."""
        return self.kept / self.flagged


@lru_cache(maxsize=1)
def load_successors() -> dict[str, list[str]]:
    """ICD-9-CM category to the ICD-10-CM codes it became."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()[1:]
    return {old: codes.split() for old, codes in (line.split("\t") for line in lines)}


def carry(encounters: Sequence[Encounter], seed: int) -> list[Encounter]:
    """The encounters in ICD-10-CM."""
    draw = random.Random(seed)  # noqa: S311 - which code, not a secret

    def successor(code: str | None) -> str | None:
        category = read_category(code)
        return None if category is None else draw.choice(load_successors().get(category, [NOWHERE]))

    return [
        {**each, **{name: successor(each.get(name)) for name in DIAGNOSES}, DIAGNOSIS_SYSTEM: ICD10CM}
        for each in encounters
    ]


def measure(model: StoredModel, test: LabelledEncounters, seed: int) -> RoundTrip:
    """Score the test patients as they are and carried to ICD-10-CM."""
    carried = carry([dict(each) for each in test.encounters], seed)
    before, after = (np.array(model.predict_risks(rows)[0]) for rows in (test.encounters, carried))
    warnings = warn_of_values(model, carried, after.tolist())
    labels = test.labels == 2
    flags, flags_after = (risks >= model.manifest.threshold for risks in (before, after))
    pairs = [
        [
            (read_category(row[name]) or "", str(translated[name]))
            for name in DIAGNOSES
            if read_category(row.get(name)) is not None
        ]
        for row, translated in zip(test.encounters, map(model.encoder.translation.translate, carried), strict=True)
    ]
    changed = Counter(pair for row in pairs for pair in row if pair[0] != pair[1])
    lost = Counter(pair for row in np.flatnonzero(flags & ~flags_after) for pair in pairs[row] if pair[0] != pair[1])
    diagnoses = sum(map(len, pairs))
    return RoundTrip(
        auc=(float(roc_auc_score(labels, before)), float(roc_auc_score(labels, after))),
        flagged=int(flags.sum()),
        kept=int((flags & flags_after).sum()),
        gained=int((flags_after & ~flags).sum()),
        warned=sum(any("risk_30d" in warning for warning in each) for each in warnings),
        diagnoses=diagnoses,
        same=diagnoses - changed.total(),
        changed=changed,
        lost=lost,
    )


def score_as_unknown(model: StoredModel, test: LabelledEncounters) -> tuple[float, float]:
    """AUC, and share of the flags kept, if no diagnosis meant anything to the model."""
    unknown = [
        {**row, **{name: None if row.get(name) is None else UNMAPPED for name in DIAGNOSES}} for row in test.encounters
    ]
    before, after = (np.array(model.predict_risks(rows)[0]) for rows in (test.encounters, unknown))
    flags: NDArray[np.bool_] = before >= model.manifest.threshold
    return float(roc_auc_score(test.labels == 2, after)), float((after >= model.manifest.threshold)[flags].mean())


def render(trips: Sequence[RoundTrip], unknown: tuple[float, float], patients: int) -> str:
    """The tables of docs/explanation/icd-10.md."""
    first = trips[0]
    lines = [
        f"{patients} held-out encounters, {first.flagged} flagged; a row for each seed of the codes drawn.",
        "",
        "| | AUC of risk_30d | difference | flags kept | flags gained | diagnoses read as they were | warned |",
        "|---|---|---|---|---|---|---|",
        f"| ICD-9-CM, as recorded | {first.auc[0]:.4f} | | | | | |",
    ]
    for seed, trip in enumerate(trips, start=1):
        lines.append(
            f"| ICD-10-CM, seed {seed} | {trip.auc[1]:.4f} | {trip.auc[1] - trip.auc[0]:+.4f} | {trip.kept_share:.1%} |"
            f" {trip.gained} | {trip.same / trip.diagnoses:.1%} | {trip.warned / patients:.1%} |"
        )
    lines += [
        f"| every code unknown | {unknown[0]:.4f} | {unknown[0] - first.auc[0]:+.4f} | {unknown[1]:.1%} | | | |",
        "",
        f"What is not read as it was, seed 1 (the {_MOST_NAMED} most frequent pairs):",
        "",
        "| category | read as | diagnoses | of patients who lost their flag |",
        "|---|---|---|---|",
    ]
    for (category, read_as), count in first.changed.most_common(_MOST_NAMED):
        lines.append(f"| {category} | {read_as} | {count} | {first.lost[category, read_as]} |")
    rest = first.changed.total() - sum(count for _, count in first.changed.most_common(_MOST_NAMED))
    return "\n".join([*lines, f"| all others | | {rest} | |"]) + "\n"


def main() -> None:
    """Train, carry, score, print."""
    from tests.real_model import read_splits, train_real_model

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args()
    archive = Path(os.environ.get("READMISSION_DATASET", ""))
    if not archive.is_file():
        parser.error("READMISSION_DATASET names no file: set it to the archive of the real data set")
    splits = read_splits(archive)
    with TemporaryDirectory() as folder:
        model = train_real_model(splits, Path(folder)).stored
    trips = [measure(model, splits["test"], seed) for seed in range(1, chosen.seeds + 1)]
    sys.stdout.write(render(trips, score_as_unknown(model, splits["test"]), len(splits["test"].encounters)))


if __name__ == "__main__":
    main()
