"""deploy/config: no secret, no setting that its program does not know."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from readmission.local.programs import airflow_environment, environment
from readmission.local.state.credentials import load_or_make
from readmission.local.state.folder import StateFolder
from readmission.settings import Settings

CONFIG = environment.REPOSITORY / "deploy" / "config"


def airflow_options() -> set[str]:
    """Every option of the installed Airflow, as its environment variable."""
    spec = find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    described = yaml.safe_load((Path(spec.origin).parent / "config_templates" / "config.yml").read_text())
    return {
        f"AIRFLOW__{section.upper()}__{option.upper()}"
        for section, parts in described.items()
        for option in parts["options"]
    }


@pytest.mark.parametrize("name", ["common.env", "local.env"])
def test_every_airflow_setting_exists(name: str) -> None:
    ours = {key for key in environment.read_env_file(CONFIG / name) if key.startswith("AIRFLOW__")}
    assert ours
    assert ours <= airflow_options()


def test_every_generated_airflow_setting_exists(tmp_path: Path) -> None:
    folder = StateFolder.open(tmp_path / "state")
    ours = airflow_environment.for_servers(Settings(), folder, load_or_make(folder))
    assert {key for key in ours if key.startswith("AIRFLOW__")} <= airflow_options()


def test_files_hold_third_party_settings_only() -> None:
    for path in CONFIG.glob("*.env"):
        for key in environment.read_env_file(path):
            assert not any(word in key for word in ("PASSWORD_", "SECRET", "FERNET")), f"{path.name}: {key}"


def test_a_part_gets_nothing_of_the_callers_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("MY_TOKEN", "x")
    made = environment.machine_environment()
    assert not {"PYTHONDONTWRITEBYTECODE", "MY_TOKEN"} & set(made)
    assert "127.0.0.1" in made["NO_PROXY"]
