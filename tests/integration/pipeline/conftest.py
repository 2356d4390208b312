"""Fixtures of the pipeline's steps: settings that point at this test's own database and data service."""

from collections.abc import Callable

import psycopg
import pytest

from readmission.settings import DatabaseSettings, DataServiceSettings, Settings
from tests.conftest import RunningPostgres


@pytest.fixture
def make_settings(empty_database: RunningPostgres) -> Callable[[str], Settings]:
    """Settings of the pipeline role for a data service's address."""

    def make(data_service_url: str) -> Settings:
        return Settings(
            database=DatabaseSettings(
                url=empty_database.url("readmission_pipeline"), owner_url=empty_database.url("readmission_migrator")
            ),
            data_service=DataServiceSettings(url=data_service_url),
        )

    return make


@pytest.fixture
def query(empty_database: RunningPostgres) -> Callable[..., list[tuple[object, ...]]]:
    """Run a query as the reader role and give all rows."""

    def run(statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(empty_database.url("readmission_reader").get_secret_value()) as connection:
            return connection.execute(statement, values).fetchall()

    return run
