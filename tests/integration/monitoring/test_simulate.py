"""`readmission simulate` on a small synthetic data set: months lived through, shown beside a live platform, drawn.

Two months after the history: the second brings the outcomes and the data of the first, and the planted shift.
"""

import io
from pathlib import Path
from typing import Any

import boto3
import matplotlib.image
import psycopg
import pytest
from rich.console import Console

from readmission.errors import PlatformError
from readmission.local.stages import Stages
from readmission.settings import DatabaseSettings, Settings
from readmission.simulation.simulate import simulate
from readmission.storage.pipeline.platform_figures import FigureReader
from tests.conftest import RunningPostgres

ROWS = 30_000
MONTH = ROWS // 12


@pytest.fixture
def live(empty_database: RunningPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of the platform the results are shown in; of its parts only PostgreSQL runs."""
    # boto3's default session keeps the keys it saw first: those of another test's S3.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return Settings(
        _env_file=None,
        state_dir=tmp_path / "state",
        dataset="synthetic",
        synthetic_rows=ROWS,
        database=DatabaseSettings(url=empty_database.url("readmission_pipeline")),
        serving_database=DatabaseSettings(url=empty_database.url("readmission_serving")),
    )


def count(live: Settings, statement: str) -> list[tuple[Any, ...]]:
    assert live.database.url is not None
    with psycopg.connect(live.database.url.get_secret_value()) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_two_months_end_in_tables_and_a_picture(live: Settings, tmp_path: Path) -> None:
    with Stages(Console(file=io.StringIO())) as stages:
        summary = simulate(live, 2, tmp_path / "pictures", stages)
    first, second = summary["months"]
    assert [first["month"], second["month"]] == [3, 4]
    assert (first["shifted"], second["shifted"]) == (False, True)
    for month in (first, second):
        assert 0.8 * MONTH < month["predictions"] <= MONTH  # who died or went to a hospice is not predicted
        assert 0.5 < month["estimated_auc"] < 0.9
        assert 0.5 < month["realised_auc"] < 0.9
    assert second["drifted"] > 0
    assert second["gate"] in ("promoted", "kept", "refused")
    picture = matplotlib.image.imread(summary["picture"])
    assert picture.shape[0] > 500
    assert picture.std() > 0.01  # not a blank page

    reports = count(live, "SELECT DISTINCT origin, subject FROM monitoring.reports ORDER BY 2")
    assert reports == [("simulation", "batch"), ("simulation", "predictions")]
    assert count(live, "SELECT count(*) > 40 FROM monitoring.drift") == [(True,)]
    kinds = count(live, "SELECT DISTINCT origin, kind FROM monitoring.performance ORDER BY 2")
    assert kinds == [("simulation", "estimated"), ("simulation", "realised")]
    # What the live platform is judged by is its own: nothing of the simulation asks for its retraining.
    assert count(live, "SELECT count(*) FROM audit.retrainings") == [(0,)]
    shown = {figure.name: reading for figure, reading in FigureReader(live.database.url, live.database.url).read()}
    assert {labels[0] for labels, _ in shown["model_performance"]} == {"simulation"}
    assert {labels[:2] for labels, _ in shown["drift_detected"]} == set(reports)


@pytest.mark.parametrize("months", [0, 11])
def test_more_months_than_there_are_is_refused(live: Settings, tmp_path: Path, months: int) -> None:
    with (
        Stages(Console(file=io.StringIO())) as stages,
        pytest.raises(PlatformError, match="months"),
    ):
        simulate(live, months, tmp_path, stages)
