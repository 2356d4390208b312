"""The questions that runbooks ask PostgreSQL are answered, as the role that may only read."""

import re
from pathlib import Path

import psycopg
import pytest

from readmission.pipeline.create_tables import create_tables
from readmission.settings import DatabaseSettings, Settings
from tests.conftest import RunningPostgres

PAGES = Path(__file__).parents[3] / "docs"
QUESTIONS = sorted(
    {
        question
        for page in [*(PAGES / "runbooks").glob("*.md"), *(PAGES / "tutorials").glob("*.md")]
        for question in re.findall(r'(?:sql|psql -c) "(SELECT [^"]+)"', page.read_text(encoding="utf-8"))
        if "..." not in question
    }
)


def test_every_question_is_answered(empty_database: RunningPostgres) -> None:
    owner = empty_database.url("readmission_migrator")
    database = DatabaseSettings(url=empty_database.url("readmission_pipeline"), owner_url=owner)
    create_tables(Settings(database=database, serving_database=database))
    assert len(QUESTIONS) >= 9
    reader = empty_database.url("readmission_reader").get_secret_value()
    for question in QUESTIONS:
        with psycopg.connect(reader) as connection:
            try:
                connection.execute(question.encode())
            except psycopg.Error as error:
                pytest.fail(f"{question}: {error}")
