"""Migrations on the real PostgreSQL: repeatable, and the roles may do just what they need."""

import psycopg
import pytest

from readmission.storage.migrate import migrate
from tests.conftest import RunningPostgres


def test_migrating_twice_changes_nothing(empty_database: RunningPostgres) -> None:
    owner = empty_database.url("readmission_migrator")
    assert migrate("pipeline", owner)[0] == migrate("pipeline", owner)[1] is not None
    assert migrate("serving", owner)[0] is not None


@pytest.mark.parametrize("role", ["readmission_pipeline", "readmission_serving", "readmission_reader"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit.promotions SET reason = 'x'", "DELETE FROM audit.promotions", "TRUNCATE audit.promotions"],
)
def test_audit_refuses_change_by_every_role(empty_database: RunningPostgres, role: str, statement: str) -> None:
    with (
        psycopg.connect(empty_database.url(role).get_secret_value()) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_serving_role_cannot_read_clean_data(empty_database: RunningPostgres) -> None:
    url = empty_database.url("readmission_serving").get_secret_value()
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM clean.encounters")
