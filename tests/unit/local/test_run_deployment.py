"""`readmission run-deployment` names keys that are not there; that a chain runs is asked by `make check-engines`."""

from pathlib import Path

import pytest

from readmission.errors import ConfigurationError
from readmission.local.deployment.first_run import read_keys
from readmission.local.deployment.secrets import make_secrets


def test_the_keys_are_those_of_make_secrets(tmp_path: Path) -> None:
    make_secrets(tmp_path, "postgres", 5432)
    password, key = read_keys(tmp_path)
    assert f'"admin": "{password}"' in (tmp_path / "airflow-passwords.json").read_text()
    assert key in (tmp_path / "operator.env").read_text()


def test_a_folder_without_keys_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"{tmp_path} holds no keys: expected the folder of .* make-secrets"):
        read_keys(tmp_path)
