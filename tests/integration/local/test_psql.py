"""`readmission psql`: the reader's session, without a password in the list of processes."""

import json
import subprocess
from pathlib import Path

import pytest

from readmission.errors import ConfigurationError
from readmission.local.psql import plan_psql
from readmission.settings import Settings
from tests.conftest import RunningPostgres


@pytest.fixture
def settings(tmp_path: Path, empty_database: RunningPostgres) -> Settings:
    (tmp_path / "secrets.json").write_text(json.dumps(empty_database.passwords))
    return Settings(state_dir=tmp_path, ports={"postgres": empty_database.port})


def run(settings: Settings, statement: str) -> "subprocess.CompletedProcess[str]":
    call = plan_psql(settings, statement)
    assert not [word for word in call.command if call.environment["PGPASSWORD"] in word]
    return subprocess.run(call.command, env=call.environment, capture_output=True, text=True, check=False)


def test_it_reads_as_the_reader(settings: Settings) -> None:
    said = run(settings, "SELECT current_user")
    assert said.returncode == 0, said.stderr
    assert "readmission_reader" in said.stdout


def test_it_changes_nothing(settings: Settings) -> None:
    said = run(settings, "CREATE TABLE public.mine (a int)")
    assert said.returncode != 0
    assert "permission denied" in said.stderr


def test_without_a_platform_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="make up"):
        plan_psql(Settings(state_dir=tmp_path / "none"), None)
    assert not (tmp_path / "none").exists()
