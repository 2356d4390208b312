"""`readmission revalidate`: known truth is measured as what it is, and a broken file is named row by row."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from readmission.contract.encounter import ICD9CM
from readmission.contract.target import CLASSES
from readmission.errors import InvalidInputError
from readmission.learning.measures.metrics import measure
from readmission.pipeline.score.revalidate import revalidate_file
from tests.small_model import SmallModel, made_up_encounters

ROWS = 3000
Probabilities = NDArray[np.float64]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SmallModel:
    return SmallModel.write(tmp_path_factory.mktemp("model") / "files")


@pytest.fixture(scope="module")
def encounters() -> list[dict[str, Any]]:
    return made_up_encounters(ROWS, seed=5)


def draw(truth: Probabilities) -> NDArray[np.int64]:
    """An outcome for each row, as likely as it is said to be."""
    chosen = np.random.default_rng(11).random((len(truth), 1)) < truth.cumsum(axis=1)
    labels: NDArray[np.int64] = chosen.argmax(axis=1)
    return labels


@pytest.fixture
def run(model: SmallModel, tmp_path: Path) -> Callable[[pl.DataFrame], dict[str, Any]]:
    def revalidated(frame: pl.DataFrame) -> dict[str, Any]:
        frame.write_parquet(tmp_path / "site.parquet")
        output = tmp_path / "report"
        return revalidate_file(tmp_path / "site.parquet", "7", model.open(), output, system=ICD9CM, seed=1)

    return revalidated


def with_outcomes(encounters: list[dict[str, Any]], labels: NDArray[np.int64]) -> pl.DataFrame:
    rows = [{**row, "readmitted": CLASSES[label]} for row, label in zip(encounters, labels, strict=True)]
    return pl.DataFrame(rows, infer_schema_length=None)


def test_a_model_that_is_right_is_measured_as_right(
    model: SmallModel, encounters: list[dict[str, Any]], run: Callable[[pl.DataFrame], dict[str, Any]]
) -> None:
    risks = model.open().score(encounters).astype(np.float64)
    labels = draw(risks)
    found = run(with_outcomes(encounters, labels))
    expected = measure(risks, labels)
    for target in ("risk_30d", "risk_any"):
        assert found["figures"][target]["roc_auc"][0] == expected[f"{target}_roc_auc"]
        _, low, high = found["figures"][target]["calibration_slope"]
        assert low < 1 < high
    assert found["recalibration"]["slope"] == pytest.approx(1, abs=0.35)
    report = Path(found["report"])
    text = report.read_text(encoding="utf-8")
    assert all((report.parent / name).read_bytes().startswith(b"\x89PNG") for name in ("roc.png", "calibration.png"))
    assert f"{ROWS:,} encounters of" in text
    assert "Nothing was changed" in text
    json.dumps(found)


def test_patients_who_come_back_twice_as_often_are_seen_and_recalibrated(
    model: SmallModel, encounters: list[dict[str, Any]], run: Callable[[pl.DataFrame], dict[str, Any]]
) -> None:
    truth = model.open().score(encounters).astype(np.float64) * np.array([1.0, 1.0, 2.5])
    found = run(with_outcomes(encounters, draw(truth / truth.sum(axis=1, keepdims=True))))
    figures, mended = found["figures"]["risk_30d"], found["recalibration"]
    assert figures["calibration_intercept"] > 0.5
    assert mended["intercepts"][2] == pytest.approx(np.log(2.5), abs=0.35)
    assert mended["out_of_fold"]["risk_30d_ece"] < figures["ece"][0] / 2


def test_those_who_died_are_left_out_and_counted(
    model: SmallModel, encounters: list[dict[str, Any]], run: Callable[[pl.DataFrame], dict[str, Any]]
) -> None:
    risks = model.open().score(encounters).astype(np.float64)
    died = [{**row, "discharge_disposition_id": 11} if number < 40 else row for number, row in enumerate(encounters)]
    found = run(with_outcomes(died, draw(risks)))
    assert (found["left_out"], found["encounters"]) == (40, ROWS - 40)


def test_broken_rows_are_named_and_nothing_is_written(
    encounters: list[dict[str, Any]], run: Callable[[pl.DataFrame], dict[str, Any]], tmp_path: Path
) -> None:
    frame = with_outcomes(encounters[:100], np.zeros(100, dtype=np.int64))
    broken = frame.with_columns(
        age=pl.when(pl.int_range(pl.len()) == 6).then(pl.lit("old")).otherwise("age"),
        readmitted=pl.when(pl.int_range(pl.len()) == 9).then(pl.lit("yes")).otherwise("readmitted"),
    )
    with pytest.raises(InvalidInputError, match="2 of 100 rows") as refused:
        run(broken)
    assert [problem.field for problem in refused.value.problems] == ["row 7, age", "row 10, readmitted"]
    with pytest.raises(InvalidInputError, match="no column of outcomes"):
        run(frame.drop("readmitted"))
    with pytest.raises(InvalidInputError, match="Too few outcomes") as few:
        run(frame)
    assert "0 patients with a return within 30 days" in few.value.problems[0].problem
    assert not (tmp_path / "report").exists()
    (tmp_path / "report").write_text("a file")
    with pytest.raises(InvalidInputError, match="is no folder"):
        run(frame)
