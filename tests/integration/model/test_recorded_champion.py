"""Steps that speak of the live version take it from the record, wherever MLflow's alias points."""

from pathlib import Path

import pytest

from readmission.errors import ConflictError
from readmission.learning.drift.columns import ColumnDrift
from readmission.pipeline.monitor import monitor
from readmission.pipeline.promote import promote_version
from readmission.pipeline.request_retraining import request_retraining
from readmission.settings import Settings
from readmission.storage.pipeline.monitoring import record_report
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.model_registry import ModelRegistry
from tests.conftest import RunningPostgres
from tests.integration.model.test_signed_promotions import gate, train
from tests.signing import TestGate

DRIFTED = ColumnDrift("insulin", 0.9, "chi-square", 99.0, 0.0, 0.0, 0.0, 0.0, 0, True)


def test_monitoring_and_retraining_follow_the_record(
    settings: Settings, empty_database: RunningPostgres, tmp_path: Path
) -> None:
    serving = settings.serving_database.model_copy(update={"url": empty_database.url("readmission_serving")})
    settings = settings.model_copy(update={"serving_database": serving})
    live = train(settings, empty_database, 8)
    assert promote_version(gate(settings), "tester")["champion"] == live
    other = train(settings, empty_database, 9)
    ModelRegistry(settings).set_champion(other)

    assert monitor(settings)["model_version"] == live
    with connect(settings.database.url) as connection:
        record_report(connection, live, "batch", "train/0", 1000, [DRIFTED])
    asked = request_retraining(settings, "tester")
    assert (asked["wanted"], len(asked["reasons"])) == (True, 1)
    assert "insulin" in asked["reasons"][0]

    strangers = TestGate.make(tmp_path / "strangers").settings
    for step in (monitor, lambda settings: request_retraining(settings, "tester")):
        with pytest.raises(ConflictError, match="not among the trusted keys"):
            step(settings.model_copy(update={"signing": strangers}))
