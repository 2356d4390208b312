"""What the platform writes: modes, secrets, settings, and which program sees which secret."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError
from rich.console import Console

from readmission.errors import PlatformError
from readmission.local.programs import airflow_environment, environment, observing
from readmission.local.programs import declare as programs
from readmission.local.programs.program import Platform
from readmission.local.stages import Stages
from readmission.local.start import describe, up
from readmission.local.state import credentials, dataset_choice
from readmission.local.state.folder import StateFolder
from readmission.local.supervise import supervisor as supervision
from readmission.settings import Settings


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return describe(Settings(state_dir=tmp_path / "state", dataset="synthetic"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_random_private_and_made_once(platform: Platform, tmp_path: Path) -> None:
    folder = platform.folder
    assert mode(folder.root) == 0o700
    assert mode(folder.secrets_file) == 0o600
    assert credentials.load_or_make(folder) == platform.secrets
    other = credentials.load_or_make(StateFolder.open(tmp_path / "other"))
    assert not set(other.values()) & set(platform.secrets.values())
    assert len(set(other.values())) == len(other)
    assert min(len(value) for name, value in other.items() if name != "s3_key_id") >= 40


def test_platform_env_holds_every_setting_and_loads(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = platform.open_settings() | platform.secret_settings()
    for name in list(os.environ):
        if name.startswith(("READMISSION_", "AWS_", "MLFLOW_")):
            monkeypatch.delenv(name)
    platform.folder.env_file.write_text(environment.render_env_file(everything))
    assert environment.read_env_file(platform.folder.env_file) == everything
    loaded = Settings(_env_file=platform.folder.env_file)
    assert loaded.database.url is not None
    assert loaded.serving_database.url is not None
    assert loaded.aws_secret_access_key is not None
    assert loaded.state_dir == platform.folder.root
    assert loaded.ports == platform.settings.ports
    platform.folder.env_file.write_text("READMISSION_MISSPELT=1\n")
    with pytest.raises(ValueError, match="misspelt"):
        Settings(_env_file=platform.folder.env_file)


def test_settings_read_back_from_platform_env_are_written_alike(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``up`` on a running platform compares the two and refuses where they differ."""
    for name in list(os.environ):
        if name.startswith(("READMISSION_", "AWS_", "MLFLOW_")):
            monkeypatch.delenv(name)
    written = platform.open_settings()
    platform.folder.env_file.write_text(environment.render_env_file(written))
    loaded = Settings(_env_file=platform.folder.env_file)
    assert environment.open_settings(loaded, platform.folder, platform.dataset) == written


@pytest.mark.parametrize("value", ["", "plain", "two words", "it's ours", '{"admin": "a#b"}', "$HOME `id` (x) & y"])
def test_a_shell_the_settings_and_we_read_the_same_value(value: str, tmp_path: Path) -> None:
    file = tmp_path / "platform.env"
    file.write_text(environment.render_env_file({"READMISSION_MODEL_CARD__DEVELOPER": value}))
    shell = f'set -eu; . "{file}"; printf %s "$READMISSION_MODEL_CARD__DEVELOPER"'
    assert subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout == value
    assert Settings(_env_file=file).model_card.developer == value
    assert environment.read_env_file(file) == {"READMISSION_MODEL_CARD__DEVELOPER": value}


def test_each_program_sees_only_the_secrets_it_needs(platform: Platform) -> None:
    secrets = platform.secrets
    airflow = {"airflow", "airflow_fernet", "airflow_jwt", "airflow_session"}
    s3 = {"s3_key_id", "s3_secret"}
    allowed = {
        "postgres": set(),
        "s3": s3,
        "mlflow": {"mlflow", *(name for name in secrets if name.startswith("mlflow_")), *s3},
        "data-service": {"data_service_admin"},
        "inference-service": {"readmission_serving", "inference_service_admin", "mlflow_inference-service", *s3},
        "airflow-api-server": airflow,
        "airflow-dag-processor": airflow,
        "metrics-exporter": {"readmission_reader", "airflow_viewer", "mlflow_metrics"},
        "postgres-exporter": {"readmission_reader"},
        "node-exporter": set(),
        "alertmanager": set(),
        "prometheus": set(),
        "ui": {"airflow_viewer"},
        "airflow-scheduler": {*airflow, *s3, "readmission_pipeline", "readmission_serving", "mlflow_pipeline"},
    }
    for program in programs.declare(platform):
        seen = "\n".join(programs.environment_of(program, platform).values())
        found = {name for name, value in secrets.items() if value in seen}
        assert found == allowed[program.name], program.name
        assert not any(value in " ".join(program.command) for value in secrets.values()), program.name


def test_generated_files_are_private_and_the_supervisors_holds_no_secret(platform: Platform) -> None:
    declared = programs.declare(platform)
    files = programs.write_files(declared, platform)
    configuration = supervision.write_configuration(platform.folder, declared, files)
    assert {mode(path) for path in [*files.values(), configuration]} == {0o600}
    text = configuration.read_text()
    assert not any(value in text for value in platform.secrets.values())
    assert json.loads(files["postgres"].read_text())["stop_signal"] == "SIGINT"


def test_every_address_is_loopback(platform: Platform) -> None:
    for program in programs.declare(platform):
        assert "0.0.0.0" not in " ".join(program.command)
        assert all("127.0.0.1" in address for address in (program.ready, program.url) if address)
    third_party = environment.third_party_settings() | airflow_environment.for_servers(
        platform.settings, platform.folder, platform.secrets
    )
    assert third_party["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert third_party["AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST"] == "127.0.0.1"


def test_a_long_path_gets_a_short_private_socket_folder(tmp_path: Path) -> None:
    folder = StateFolder.open(tmp_path / ("x" * 120))
    socket_path = folder.socket_path()
    assert len(str(socket_path)) < 100
    assert mode(socket_path.parent) == 0o700
    socket_path.parent.rmdir()


def test_a_state_folder_belongs_to_one_data_set(platform: Platform) -> None:
    folder = platform.folder
    assert dataset_choice.choose(folder, "auto") == "auto"  # nothing is stored yet
    dataset_choice.keep(folder, "synthetic", {"kind": "synthetic", "sha256": "a" * 64})
    assert dataset_choice.choose(folder, "synthetic") == "synthetic"
    with pytest.raises(PlatformError, match=r"was made for data set 'synthetic'.*'uci'"):
        dataset_choice.choose(folder, "uci")
    with pytest.raises(PlatformError, match="the data set has changed"):
        dataset_choice.keep(folder, "synthetic", {"kind": "synthetic", "sha256": "b" * 64})


def test_a_missing_data_set_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"READMISSION_DATASET: there is no file .*nowhere\.zip"):
        up(Settings(state_dir=tmp_path / "state", dataset="nowhere.zip"), Stages(Console()))


def test_alerts_link_to_the_runbooks_of_the_code_host(tmp_path: Path) -> None:
    base = "https://code.example/readmission/blob/main/docs/runbooks"
    found = {}
    for address in ("", base):
        settings = Settings(state_dir=tmp_path / f"state{len(address)}", dataset="synthetic", runbooks_url=address)
        observing.write_configuration(describe(settings))
        written = (settings.state_dir / "run" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
        found[address] = yaml.safe_load(written)["global"]["external_labels"]
    assert found == {"": {"runbooks": ""}, base: {"runbooks": base}}


def test_services_and_page_read_diagnoses_as_the_platform_is_set(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state", dataset="synthetic", diagnosis_system="icd10cm")
    platform = describe(settings)
    found = {
        program.name: programs.environment_of(program, platform).get("READMISSION_DIAGNOSIS_SYSTEM")
        for program in programs.declare(platform)
        if program.name in ("inference-service", "ui")
    }
    assert found == {"inference-service": "icd10cm", "ui": "icd10cm"}


@pytest.mark.parametrize(
    "address", ["code.example/docs", "https://code.example/docs/", "javascript:alert(1)", 'https://a"b']
)
def test_an_address_of_runbooks_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="runbooks_url"):
        Settings(runbooks_url=address)
