"""Migrations on the real PostgreSQL: repeatable, and what an earlier version stored stays."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from pydantic import SecretStr

from readmission.errors import ConfigurationError
from readmission.storage.pipeline.tuning_studies import prepare_studies
from readmission.storage.postgres import databases
from readmission.storage.postgres.migrate import is_behind, migrate
from tests.conftest import RunningPostgres, run_postgres


def test_migrating_twice_changes_nothing(empty_database: RunningPostgres) -> None:
    owner = empty_database.url("readmission_migrator")
    assert migrate("pipeline", owner)[0] == migrate("pipeline", owner)[1] is not None
    assert migrate("serving", owner)[0] is not None


def test_tables_of_a_newer_version_are_named(empty_database: RunningPostgres) -> None:
    migrator = empty_database.url("readmission_migrator")
    with psycopg.connect(migrator.get_secret_value()) as connection:
        connection.execute("UPDATE alembic_version_serving SET version_num = '9999_later'")
    with pytest.raises(ConfigurationError, match="serving tables are of revision 9999_later"):
        migrate("serving", migrator)


# -- from the version before decision 29 ------------------------------------------------------------------------------

OLD_OWNER = "readmission_owner"
ROWS = {
    "raw.dataset": "INSERT INTO raw.dataset (sha256, kind) VALUES ('d', 'uci')",
    "raw.batches": "INSERT INTO raw.batches VALUES ('d', 'train', 0, 's', 1)",
    "raw.encounters": "INSERT INTO raw.encounters (encounter_id, dataset_sha256, split, batch_number, row_number)"
    " VALUES ('1', 'd', 'train', 0, 0)",
    "audit.promotions": "INSERT INTO audit.promotions (decided_at, model_name, decision, challenger_version,"
    " live_version, reason, actor, evidence, dataset_kind, dataset_sha256, code_commit)"
    " VALUES ('2026-01-02', 'readmission', 'promoted', '1', '1', 'better', 'x', '{}', 'uci', 'd', 'c')",
    "audit.retrainings": "INSERT INTO audit.retrainings (cause, model_version, training_data, reason, actor, evidence)"
    " VALUES ('drift', '1', 't', 'r', 'a', '{}')",
    "monitoring.performance": "INSERT INTO monitoring.performance (model_version, kind, window_start, window_end,"
    " target, rows, metric, value) VALUES ('1', 'realised', now(), now(), 'risk_30d', 1, 'auc', .6)",
    "serving.predictions": "INSERT INTO serving.predictions (prediction_id, created_at, model_name, model_version,"
    " risk_30d, risk_any, decision, threshold, encounter) VALUES ('00000000-0000-7000-8000-000000000001',"
    " '2026-01-02', 'readmission', '1', .1, .3, 'no_flag', .2, '{}')",
    "serving.feedback": "INSERT INTO serving.feedback (prediction_id, verdict)"
    " VALUES ('00000000-0000-7000-8000-000000000001', 'agree')",
    "serving.outcomes": "INSERT INTO serving.outcomes (prediction_id, readmitted, kind, source)"
    " VALUES ('00000000-0000-7000-8000-000000000001', 'NO', 'first', 'x')",
}


@pytest.fixture
def old_platform(tmp_path: Path) -> Iterator[tuple[RunningPostgres, str]]:
    """A server as the version before left it: `readmission_owner` owns all, and every table has rows."""
    with run_postgres(tmp_path / "state") as server:
        password = server.passwords["readmission_migrator"][::-1]
        with psycopg.connect(server.superuser_url, autocommit=True) as connection:
            connection.execute("REVOKE ALL ON DATABASE readmission FROM readmission_gate")
            connection.execute("DROP ROLE readmission_gate")
            connection.execute(f"ALTER ROLE readmission_migrator RENAME TO {OLD_OWNER}")
            connection.execute(f"ALTER ROLE {OLD_OWNER} PASSWORD '{password}'")
            connection.execute(f"ALTER ROLE {OLD_OWNER} RESET ALL")
        owner = SecretStr(databases.database_url(OLD_OWNER, password, "readmission", server.port))
        migrate("pipeline", owner, "0004_tuning")
        migrate("serving", owner, "0005_shadow_predictions")
        prepare_studies(owner)
        with psycopg.connect(owner.get_secret_value()) as connection:
            for statement in ROWS.values():
                connection.execute(statement)
        yield server, owner.get_secret_value()


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(url) as connection:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in ROWS}


def test_a_platform_of_before_loses_no_row_and_its_owners_password_opens_nothing(
    old_platform: tuple[RunningPostgres, str],
) -> None:
    server, old_url = old_platform
    before = contents(old_url)
    for _ in range(2):  # an update that was cut is begun again
        databases.create_roles_and_databases(server.superuser_url, server.passwords)
    migrator = server.url("readmission_migrator")
    assert is_behind("pipeline", migrator)
    assert is_behind("serving", migrator)
    migrate("pipeline", migrator)
    migrate("serving", migrator)
    prepare_studies(migrator)
    assert not is_behind("pipeline", migrator)
    after = contents(server.url("readmission_migrator").get_secret_value())
    for table, rows in before.items():
        assert [row[: len(rows[0])] for row in after[table]] == rows, table
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(old_url)
    with psycopg.connect(server.url("readmission_pipeline").get_secret_value()) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(ROWS["audit.promotions"])
        connection.rollback()
        connection.execute("SELECT count(*) FROM tuning.studies")
    with psycopg.connect(server.url("readmission_gate").get_secret_value()) as connection:
        connection.execute(ROWS["audit.promotions"].replace("decided_at, ", "").replace("'2026-01-02', ", ""))


def test_a_way_back_that_was_tried_leaves_the_old_owner_locked_out(old_platform: tuple[RunningPostgres, str]) -> None:
    server, old_url = old_platform
    databases.create_roles_and_databases(server.superuser_url, server.passwords)
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {OLD_OWNER} LOGIN PASSWORD '{urlsplit(old_url).password}'")
    databases.create_roles_and_databases(server.superuser_url, server.passwords)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(old_url)
