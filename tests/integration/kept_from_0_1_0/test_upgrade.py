"""What 0.1.0 left behind is read by today's code: every row of its database, and a model to the bit.

`database.sql` is a dump (`pg_dump --inserts`) of a platform of that version after it had ingested, transformed and
profiled made-up encounters, served predictions, and stored feedback, outcomes, an explanation, shadow answers, a
promotion, a monitor's report and a study. `model/` is the model that made those predictions; `answers.json` is what
that version answered. None of it is written again: what it holds is what users may hold.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from readmission.model.session import open_model
from readmission.pipeline.reproduce import recompute
from readmission.storage.pipeline import monitoring
from readmission.storage.pipeline.clean_encounters import count_clean_rows, find_transformed_batch, read_split
from readmission.storage.pipeline.column_choices import read_column_choices
from readmission.storage.pipeline.promotions import list_promotions
from readmission.storage.pipeline.raw_encounters import copy_out_batch, count_raw_rows, list_raw_batches, read_dataset
from readmission.storage.pipeline.retrainings import find_calibration_off, find_drifted_reports, name_training_data
from readmission.storage.pipeline.tuning_studies import open_study, prepare_studies
from readmission.storage.postgres import databases
from readmission.storage.postgres.migrate import is_behind, migrate
from readmission.storage.serving.read_prediction import read_prediction
from tests.conftest import RunningPostgres, run_postgres

KEPT = Path(__file__).parent
ANSWERS: dict[str, Any] = json.loads((KEPT / "answers.json").read_bytes())
OWNER = "readmission_owner"
Tables = dict[str, list[dict[str, Any]]]


def read_tables(server: RunningPostgres) -> Tables:
    """Every row of every table but those that say of which revision the tables are."""
    with psycopg.connect(url_of(server), row_factory=psycopg.rows.dict_row) as connection:
        found = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN"
            " ('raw', 'clean', 'audit', 'monitoring', 'serving', 'tuning') AND tablename NOT IN"
            " ('alembic_version', 'version_info')"
        ).fetchall()
        return {
            f"{each['schemaname']}.{each['tablename']}": connection.execute(
                sql.SQL("SELECT * FROM {}").format(sql.Identifier(each["schemaname"], each["tablename"]))
            ).fetchall()
            for each in found
        }


def url_of(server: RunningPostgres) -> str:
    """The superuser's, in our database."""
    return databases.database_url("postgres", server.superuser_password, "readmission", server.port)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningPostgres, Tables]]:
    """The database of 0.1.0 brought to today's schema, and its rows as they were."""
    with run_postgres(tmp_path_factory.mktemp("kept")) as server:
        with psycopg.connect(server.superuser_url, autocommit=True) as connection:
            connection.execute("REVOKE ALL ON DATABASE readmission FROM readmission_gate")
            connection.execute("DROP ROLE readmission_gate")
            connection.execute(f"ALTER ROLE readmission_migrator RENAME TO {OWNER}")
        with psycopg.connect(url_of(server), autocommit=True) as connection:
            connection.execute((KEPT / "database.sql").read_bytes())
        before = read_tables(server)
        databases.create_roles_and_databases(server.superuser_url, server.passwords)
        migrator = server.url("readmission_migrator")
        assert is_behind("pipeline", migrator)
        assert is_behind("serving", migrator)
        migrate("pipeline", migrator)
        migrate("serving", migrator)
        prepare_studies(migrator)
        yield server, before


def test_no_row_is_lost_or_changed(upgraded: tuple[RunningPostgres, Tables]) -> None:
    server, before = upgraded
    after = read_tables(server)
    assert sum(map(len, before.values())) > 100
    for table, rows in before.items():
        assert len(after[table]) == len(rows), table
        for old, new in zip(rows, after[table], strict=True):
            assert {name: new[name] for name in old} == old, table


def test_the_pipeline_reads_what_it_stored(upgraded: tuple[RunningPostgres, Tables]) -> None:
    server, before = upgraded
    url = server.url("readmission_pipeline")
    with psycopg.connect(url.get_secret_value()) as connection:
        dataset = read_dataset(connection)
        batches = list_raw_batches(connection)
        assert sum(each.rows for each in batches) == count_raw_rows(connection, dataset.sha256) == 23
        for batch in batches:
            assert copy_out_batch(connection, batch).count(b"\n") == batch.rows + 1
            assert find_transformed_batch(connection, batch) is not None
        assert (
            sum(len(read_split(connection, split, eligible_only=False)) for split in ("train", "validation", "test"))
            == 22
        )
        assert sum(count_clean_rows(connection).values()) >= 22
        assert len(read_column_choices(connection, dataset.sha256)) == len(before["clean.columns"])
        version = before["audit.promotions"][0]["live_version"]
        assert monitoring.has_report(connection, version, "predictions", "2026-11-26T00")
        assert find_drifted_reports(connection, version)[0]["columns"] == ["age"]
        assert {each["target"] for each in find_calibration_off(connection, version, 0.05, 100)} == {
            "risk_30d",
            "risk_any",
        }
        assert name_training_data(connection) == before["audit.retrainings"][0]["training_data"]
        labelled = monitoring.read_predictions(connection, version, 100, 36_500, labelled=True)
        assert [(str(each.prediction_id), each.readmitted) for each in labelled] == [
            (ANSWERS["served"][0]["prediction_id"], "<30")
        ]
    assert list_promotions(url, 10)[0]["evidence"] == {"roc_auc": 0.61}
    with open_study(url, "kept") as study:
        assert len(study.trials) == 2


def test_a_served_prediction_is_read_and_scored_again_to_the_bit(upgraded: tuple[RunningPostgres, Tables]) -> None:
    server, _ = upgraded
    model = open_model(KEPT / "model", ANSWERS["manifest_sha256"])
    with psycopg.connect(server.url("readmission_serving").get_secret_value()) as connection:
        for answer in ANSWERS["served"]:
            stored = read_prediction(connection, UUID(answer["prediction_id"]))
            assert stored is not None
            assert {name: stored[name] for name in ("risk_30d", "risk_any", "decision", "model_version")} == {
                name: answer[name] for name in ("risk_30d", "risk_any", "decision", "model_version")
            }
            assert recompute(model, stored["encounter"], stored) == {
                "risk_30d": answer["risk_30d"],
                "risk_any": answer["risk_any"],
            }


def test_a_kept_model_gives_the_same_bits() -> None:
    model = open_model(KEPT / "model", ANSWERS["manifest_sha256"])
    risks = model.predict_risks(ANSWERS["encounters"])
    assert [[risk.hex() for risk in each] for each in risks] == [ANSWERS["risk_30d"], ANSWERS["risk_any"]]
