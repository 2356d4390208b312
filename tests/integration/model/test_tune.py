"""Tuning on a real PostgreSQL: workers share a study, on train alone, with no more rights than they need."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from optuna.trial import TrialState

from readmission.errors import InvalidInputError, UnavailableError
from readmission.pipeline.create_tables import create_tables
from readmission.pipeline.tune import tune
from readmission.settings import DatabaseSettings, Settings
from readmission.storage.pipeline.tuning_studies import open_study
from tests.clean_tables import fill_clean_tables, frame_of_made_up_encounters
from tests.conftest import RunningPostgres

SOURCE = str(Path(__file__).parents[3] / "src")
DONE = (TrialState.COMPLETE, TrialState.PRUNED)


@pytest.fixture
def settings(empty_database: RunningPostgres) -> Settings:
    owner = empty_database.url("readmission_migrator")
    fill_clean_tables(owner.get_secret_value(), frame_of_made_up_encounters(600), "file")
    url = empty_database.url("readmission_pipeline")
    database = DatabaseSettings(url=url, owner_url=owner)
    return Settings(database=database, serving_database=database)


def test_workers_share_one_study_and_survive_each_other(settings: Settings) -> None:
    create_tables(settings)
    create_tables(settings)  # a second time changes nothing
    assert settings.database.url is not None
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")},
        "PYTHONPATH": SOURCE,
        "READMISSION_DATABASE__URL": settings.database.url.get_secret_value(),
    }
    verb = ["tune", "--candidate", "logistic-regression", "--trials", "100000"]
    command = [sys.executable, "-c", "from readmission.cli import main; main()", *verb]
    workers = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        first = tune(settings, "logistic-regression", 1)
        with open_study(settings.database.url, first["study"]) as study:
            deadline = time.monotonic() + 120
            while len({trial.user_attrs["worker"] for trial in study.get_trials(states=DONE)}) < 3:
                assert time.monotonic() < deadline, [trial.state for trial in study.trials]
                assert all(worker.poll() is None for worker in workers)
                time.sleep(0.05)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(30)
    with open_study(settings.database.url, first["study"]) as study:
        numbers = [trial.number for trial in study.trials]
        finished = len(study.get_trials(states=DONE))
    assert numbers == list(range(len(numbers)))
    summary = tune(settings, "logistic-regression", finished + 2)  # what the killed ones left does not hold it up
    assert summary["study"] == first["study"]
    assert summary["trials"]["complete"] + summary["trials"].get("pruned", 0) >= finished + 2
    assert summary["best"]["log_loss"] <= summary["recipe"]["log_loss"]
    assert summary["gain"]["mean"] == pytest.approx(summary["recipe"]["log_loss"] - summary["best"]["log_loss"])


def test_only_train_is_read(settings: Settings, empty_database: RunningPostgres) -> None:
    create_tables(settings)
    whole = tune(settings, "logistic-regression", 1, "whole")
    with psycopg.connect(empty_database.url("readmission_migrator").get_secret_value()) as connection:
        connection.execute("DELETE FROM clean.encounters WHERE split <> 'train'")
    alone = tune(settings, "logistic-regression", 1, "train alone")
    assert whole["study"] != alone["study"]
    assert alone["recipe"]["fold_log_loss"] == whole["recipe"]["fold_log_loss"]
    # Other train rows are another study, even under the same label.
    with psycopg.connect(empty_database.url("readmission_migrator").get_secret_value()) as connection:
        connection.execute("DELETE FROM clean.encounters WHERE encounter_id % 5 = 0")
    assert tune(settings, "logistic-regression", 1, "whole")["study"] != whole["study"]


def test_what_cannot_be_tuned_says_why(settings: Settings) -> None:
    with pytest.raises(InvalidInputError, match="these do: lightgbm, logistic-regression"):
        tune(settings, "extra-trees", 1)
    with pytest.raises(UnavailableError, match="run `readmission create-tables`"):
        tune(settings, "logistic-regression", 1)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("readmission_pipeline", "DELETE FROM tuning.studies"),
        ("readmission_pipeline", "TRUNCATE tuning.trials CASCADE"),
        ("readmission_pipeline", "CREATE TABLE tuning.mine (id int)"),
        ("readmission_reader", "UPDATE tuning.trials SET state = 'FAIL'"),
        ("readmission_serving", "SELECT * FROM tuning.trials"),
    ],
)
def test_every_role_may_do_just_what_it_needs(
    settings: Settings, empty_database: RunningPostgres, role: str, statement: str
) -> None:
    create_tables(settings)
    with (
        psycopg.connect(empty_database.url(role).get_secret_value()) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
