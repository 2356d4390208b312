"""`readmission evaluate`: every way and division is in the page; the divisions are what they say."""

from pathlib import Path

import numpy as np
import pytest

from readmission.contract.encounter import COLUMN_NAMES
from readmission.errors import InvalidInputError
from readmission.learning.evaluation.baselines import score_lace
from readmission.learning.evaluation.divisions import (
    divide_by_patient,
    divide_by_row,
    divide_by_time,
    divide_first_encounters,
)
from readmission.pipeline.evaluate import evaluate
from readmission.settings import Settings
from tests.clean_tables import read_real_frame


def test_the_page_has_every_way_and_division(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state", dataset="synthetic", synthetic_rows=2500)
    told: list[tuple[int, int | None]] = []

    def progress(_: str, done: int, whole: int | None) -> None:
        told.append((done, whole))

    summary = evaluate(settings, ("a", "b"), "logistic-regression", tmp_path / "docs", 2, progress)
    page = (tmp_path / "docs" / "reference" / "model-quality.md").read_text()
    assert told == [(done, 5) for done in range(6)]
    for way in (
        "model (calibrated)",
        "prevalence",
        "LACE, approximated",
        "logistic regression",
        "SVM on 1,000 undersampled rows, split by row (the followed project's way)",
        "undersampling 1:1:1, as it comes",
        "undersampling 1:1:1, prior put back",
    ):
        assert f"| {way} | " in page, way
        assert {"mean", "sd"} <= summary["ways"][way]["risk_30d_roc_auc"].keys()
    for score in [*summary["splits"], *summary["side_views"]]:
        for metric, value in score["values"].items():
            low, high = score["intervals"][metric]
            assert low - 0.02 <= value <= high + 0.02, (score["way"], metric)
            if metric.endswith("roc_auc") and score["way"] != "prevalence":
                assert low < high
    raw, corrected = (summary["ways"][f"undersampling 1:1:1, {how}"] for how in ("as it comes", "prior put back"))
    assert raw["risk_30d_ece"]["mean"] > 3 * corrected["risk_30d_ece"]["mean"]
    assert {row["division"] for row in summary["side_views"]} == {"by row", "first encounter only", "by time"}
    for picture in ("calibration", "roc", "precision_recall", "decision_curve", "subgroups"):
        name = f"model-quality-{picture}.png"
        assert f"../pictures/{name}" in page
        assert (tmp_path / "docs" / "pictures" / name).read_bytes().startswith(b"\x89PNG")


def test_an_unknown_candidate_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no candidate 'no-such'"):
        evaluate(Settings(state_dir=tmp_path), ("a",), "no-such", None)


def test_divisions_of_real_patients(real_dataset: Path) -> None:
    frame = read_real_frame(real_dataset).select(COLUMN_NAMES)
    by_patient = divide_by_patient(frame, "readmission-v1")
    assert not set(by_patient.train.patients) & set(by_patient.test.patients)
    assert len(by_patient.test.labels) == pytest.approx(0.2 * len(frame), rel=0.03)

    by_row = divide_by_row(frame, 296)
    shared = np.isin(by_row.test.patients, by_row.train.patients).mean()
    assert shared > 0.3  # this is what the split by row hides

    first = divide_first_encounters(frame, "readmission-v1")
    for part in (first.train, first.test):
        assert len(set(part.patients)) == len(part.patients)
    assert not set(first.train.patients) & set(first.test.patients)

    by_time = divide_by_time(frame)
    last = max(row["encounter_id"] for row in by_time.train.encounters)
    assert last < min(row["encounter_id"] for row in by_time.test.encounters)


def test_lace_is_counted_as_published_where_it_can_be() -> None:
    stay = {"time_in_hospital": 3, "admission_type_id": 3, "number_emergency": 0, "diag_1": "250", "diag_2": None}
    assert score_lace([stay]).tolist() == [4]  # three days, one point for diabetes
    acute = {**stay, "time_in_hospital": 14, "admission_type_id": 1, "number_emergency": 9, "diag_1": "197"}
    assert score_lace([acute]).tolist() == [19]  # 7 + 3 + 5 + 4: the highest there is
    assert score_lace([{**stay, "diag_1": "428"}]).tolist() == [6]
