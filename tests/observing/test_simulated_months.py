"""What a newcomer does: predictions, a load test, a simulation; then every panel answers, the tables are filled."""

import json
from pathlib import Path

import pytest

from tests.observing.conftest import WatchedPlatform
from tests.observing.test_dashboards import not_answered

pytestmark = pytest.mark.long

ROWS = 36_000
"""Encounters of the simulation, whose first champion is trained on a tenth of them."""


@pytest.mark.timeout(3000)
def test_after_load_and_simulation_every_panel_answers(watched: WatchedPlatform, tmp_path: Path) -> None:
    assert len(watched.predict(watched.encounters(2000, 50_000_000))) == 2000
    watched.load(seconds=20)
    own = {"READMISSION_SYNTHETIC_ROWS": str(ROWS), "READMISSION_DATASET_CACHE": str(tmp_path / "dataset")}
    beside = WatchedPlatform(watched.root, watched.environment | own, watched.dags)
    summary = beside.run("simulate", "--json", "--months", "3", "--folder", str(tmp_path), seconds=2400)
    assert [month["month"] for month in summary["months"]] == [3, 4, 5]
    assert Path(summary["picture"]).stat().st_size > 20_000
    assert not_answered(watched) == {}
    with watched.owner() as connection:
        filled = connection.execute(
            "SELECT (SELECT count(*) FROM monitoring.drift JOIN monitoring.reports USING (report_id)"
            " WHERE origin = 'simulation'), (SELECT count(*) FROM monitoring.performance WHERE origin = 'simulation')"
        ).fetchone()
    assert filled is not None
    assert min(filled) > 50, json.dumps(filled)
