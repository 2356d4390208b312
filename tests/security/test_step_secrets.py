"""The migrator's, the gate's and the superuser's secrets: only the step they are for holds them, in every mode.

Before, the owner's password was in Airflow's environment for as long as it ran: whoever got a task to print its
environment owned every table.
"""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from readmission.errors import ConfigurationError
from readmission.local.deployment.secrets import make_secrets
from readmission.local.programs import declare as programs
from readmission.local.programs.environment import read_env_file
from readmission.local.programs.program import Platform
from readmission.local.start import _write_files, describe
from readmission.settings import Settings, load_settings, load_step_settings
from tests.dags.conftest import DAGS, airflow_environment

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"
STEP_ONLY = ("readmission_migrator", "readmission_gate", "postgres")
"""Roles whose passwords no long-running part may hold; ``postgres`` is the superuser."""


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return describe(Settings(_env_file=None, state_dir=tmp_path / "state", dataset="synthetic"))


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "secrets"
    make_secrets(folder, "postgres", 5432)
    return folder


@pytest.fixture(scope="module")
def step_only(secrets_folder: Path) -> set[str]:
    """The passwords themselves, and every further value a step's file holds that no other file does."""
    known = json.loads((secrets_folder / "all.json").read_text())
    signing_key = known["gate_signing_key"].splitlines()[1]
    return {*(known[role] for role in STEP_ONLY), signing_key}


@pytest.fixture
def own_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in list(os.environ):
        if name.startswith(("READMISSION_", "AWS_", "MLFLOW_", "PLATFORM_")):
            monkeypatch.delenv(name)
    load_settings.cache_clear()
    return monkeypatch


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# -- the mechanism ------------------------------------------------------------------------------------------------


def test_a_step_loads_its_file_over_its_settings_and_no_other(
    own_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "migrate.env").write_text("READMISSION_DATABASE__OWNER_URL=postgresql://migrator@a/b\n")
    (tmp_path / "gate.env").write_text(
        "# the gate's\nREADMISSION_DATABASE__URL='postgresql://gate:$x@a/b'\nMLFLOW_TRACKING_PASSWORD=gates\n"
    )
    own_environment.setenv("READMISSION_STATE_DIR", str(tmp_path))
    own_environment.setenv("READMISSION_STEP_SECRETS_DIR", str(tmp_path))
    own_environment.setenv("READMISSION_DATABASE__URL", "postgresql://pipeline@a/b")
    own_environment.setenv("MLFLOW_TRACKING_PASSWORD", "pipelines")
    assert load_settings().database.owner_url is None
    gate = load_step_settings("gate")
    assert gate.database.url is not None
    assert gate.database.url.get_secret_value() == "postgresql://gate:$x@a/b"
    assert gate.database.owner_url is None
    assert os.environ["MLFLOW_TRACKING_PASSWORD"] == "gates"  # MLflow's client reads it there


def test_a_missing_file_is_one_clear_line(own_environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own_environment.setenv("READMISSION_STEP_SECRETS_DIR", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"READMISSION_STEP_SECRETS_DIR: .*gate\.env cannot be read"):
        load_step_settings("gate")


@pytest.mark.parametrize(
    ("verb", "file"),
    [
        (["create-tables"], "migrate.env"),
        (["promote"], "gate.env"),
        (["promote-candidate"], "gate.env"),
        (["rollback"], "gate.env"),
        (["sign-promotion"], "gate.env"),
        (["allow-canary"], "gate.env"),
        (["align-alias"], "gate.env"),
        (["ingest-batch", "--split", "train", "--number", "0"], None),
        (["cross-validate", "--candidate", "lightgbm"], None),
        (["live"], None),
    ],
)
def test_just_the_verbs_of_a_step_ask_for_its_file(verb: list[str], file: str | None, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("READMISSION_", "PLATFORM_"))}
    command = [str(Path(sys.executable).with_name("readmission")), *verb]
    given = kept | {"READMISSION_STATE_DIR": str(tmp_path), "READMISSION_STEP_SECRETS_DIR": str(tmp_path / "none")}
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=120, check=False)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert ("cannot be read" in said) == (file is not None), said
    assert file is None or file in said
    assert "Traceback" not in said


# -- local mode -----------------------------------------------------------------------------------------------------


def test_no_local_program_holds_a_step_secret(platform: Platform) -> None:
    secrets = {platform.secrets[role] for role in STEP_ONLY}
    for program in programs.declare(platform):
        seen = "\n".join([*programs.environment_of(program, platform).values(), *program.command])
        assert not any(secret in seen for secret in secrets), program.name


def test_local_step_secrets_are_private_and_apart_from_the_rest(platform: Platform) -> None:
    _write_files(platform)
    folder = platform.folder.step_secrets
    assert mode(folder) == 0o700
    assert {path.name: mode(path) for path in folder.glob("*.env")} == {"migrate.env": 0o600, "gate.env": 0o600}
    for_everybody = platform.folder.env_file.read_text()
    secrets = {role: platform.secrets[role] for role in STEP_ONLY}
    assert not any(secret in for_everybody for secret in secrets.values())
    assert f"READMISSION_STEP_SECRETS_DIR={folder}" in for_everybody
    migrate, gate = ((folder / f"{step}.env").read_text() for step in ("migrate", "gate"))
    assert secrets["readmission_migrator"] in migrate
    assert secrets["readmission_gate"] in gate
    assert secrets["readmission_gate"] not in migrate
    assert secrets["readmission_migrator"] not in gate
    assert secrets["postgres"] not in migrate + gate


def test_a_folder_made_open_by_somebody_else_is_closed(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, state_dir=tmp_path / "state", dataset="synthetic")
    (tmp_path / "state" / "step-secrets").mkdir(parents=True, mode=0o755)
    assert mode(describe(settings).folder.step_secrets) == 0o700


def test_the_scheduler_alone_is_told_where_they_are(platform: Platform) -> None:
    told = {
        program.name
        for program in programs.declare(platform)
        if programs.STEP_SECRETS_DIR in programs.environment_of(program, platform)
    }
    assert told == {"airflow-scheduler"}


# -- compose ----------------------------------------------------------------------------------------------------------


def test_no_long_running_part_of_compose_holds_a_step_secret(secrets_folder: Path, step_only: set[str]) -> None:
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
    holders: dict[str, set[str]] = {}
    for name, service in compose["services"].items():
        values = list((service.get("environment") or {}).values())
        for file in service.get("env_file", []):
            if "secrets/" in file:
                values += read_env_file(secrets_folder / Path(file).name).values()
        if service.get("restart") != "no":
            assert not any(secret in str(value) for value in values for secret in step_only), name
        for mounted in service.get("secrets", []):
            holders.setdefault(mounted, set()).add(name)
    assert holders["migrate.env"] == holders["gate.env"] == {"airflow-scheduler"}
    assert holders["postgres-password"] == {"postgres"}
    scheduler = compose["services"]["airflow-scheduler"]
    assert scheduler["environment"]["READMISSION_STEP_SECRETS_DIR"] == "/run/secrets"


# -- Kubernetes -------------------------------------------------------------------------------------------------------


def secret_texts(secrets_folder: Path) -> dict[str, str]:
    """Name of each Secret to all it holds."""
    generators = yaml.safe_load((DEPLOY / "config/secrets/kustomization.yaml").read_text())["secretGenerator"]
    return {
        each["name"]: "\n".join(
            (secrets_folder / file).read_text() for file in [*each.get("envs", []), *each.get("files", [])]
        )
        for each in generators
    }


def pods() -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, name and pod of everything in the manifests that runs, the template of Airflow's tasks too."""
    found = []
    for file in sorted((DEPLOY / "kubernetes").rglob("*.yaml")):
        for each in yaml.safe_load_all(file.read_text()):
            if not isinstance(each, dict) or "spec" not in each:
                continue
            spec = each["spec"] if each["kind"] == "Pod" else each["spec"].get("template", {}).get("spec")
            if spec:
                found.append((each["kind"], each["metadata"]["name"], spec))
    return found


def test_no_pod_but_the_steps_holds_a_step_secret(secrets_folder: Path, step_only: set[str]) -> None:
    texts = secret_texts(secrets_folder)
    seen = set()
    for kind, name, spec in pods():
        in_environment, mounted = set(), set()
        for container in [*spec.get("containers", []), *spec.get("initContainers", [])]:
            in_environment |= {s["secretRef"]["name"] for s in container.get("envFrom", []) if "secretRef" in s}
            sources = [v.get("valueFrom", {}).get("secretKeyRef", {}).get("name") for v in container.get("env", [])]
            in_environment |= set(filter(None, sources))
        mounted = {volume["secret"]["secretName"] for volume in spec.get("volumes", []) if "secret" in volume}
        allowed = {"postgres"} if name == "postgres" else set()
        held = in_environment | (mounted - allowed)
        if kind != "Job":
            assert not any(secret in texts[one] for one in held if one in texts for secret in step_only), name
        seen.add(name)
    assert {"postgres", "airflow-scheduler", "inference-service", "task"} <= seen


def test_each_step_pod_gets_its_own_secret_and_no_other(tmp_path: Path, secrets_folder: Path) -> None:
    script = (
        "import json, sys; from airflow.dag_processing.dagbag import BundleDagBag; from pathlib import Path;"
        "f = Path(sys.argv[1]); bag = BundleDagBag(f, bundle_path=f, bundle_name='dags'); assert not bag.import_errors;"
        "tasks = [t for d in bag.dags.values() for t in d.tasks];"
        "config = lambda t: t.partial_kwargs.get('executor_config') if t.is_mapped else t.executor_config;"
        "print(json.dumps({t.task_id: config(t)['pod_override'].to_dict() for t in tasks if config(t)}))"
    )
    given = airflow_environment(tmp_path) | {"AIRFLOW__CORE__EXECUTOR": "KubernetesExecutor"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(DAGS)], env=given, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    overrides = json.loads(done.stdout.splitlines()[-1])
    assert set(overrides) == {"create-tables", "promote", "align-alias"}
    texts = secret_texts(secrets_folder)
    for verb, step in (("create-tables", "migrate"), ("promote", "gate"), ("align-alias", "gate")):
        spec = overrides[verb]["spec"]
        (volume,), (container,) = spec["volumes"], spec["containers"]
        assert volume["secret"]["secret_name"] == f"step-{step}"
        assert container["env"][0]["name"] == programs.STEP_SECRETS_DIR
        assert container["env"][0]["value"] == container["volume_mounts"][0]["mount_path"]
        parts = {"migrate": ["migrate.env"], "gate": ["gate.env", "gate-key.pem"]}[step]
        assert texts[f"step-{step}"] == "\n".join((secrets_folder / part).read_text() for part in parts)


def test_elsewhere_a_task_asks_for_no_pod(tmp_path: Path) -> None:
    script = "import _tasks; print(_tasks.cli_task('promote').executor_config)"
    given = airflow_environment(tmp_path) | {"PYTHONPATH": str(DAGS), "AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}
    done = subprocess.run([sys.executable, "-c", script], env=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip().splitlines()[-1:]) == (0, ["{}"]), done.stderr


# -- an update --------------------------------------------------------------------------------------------------------


def test_secret_files_of_before_are_written_anew_with_the_passwords_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make_secrets(folder, "postgres", 5432)
    before = json.loads((folder / "all.json").read_text())
    inference = (folder / "inference-service.env").read_text()
    old = "READMISSION_DATABASE__OWNER_URL=postgresql://readmission_owner:x@postgres:5432/readmission\n"
    (folder / "pipeline.env").write_text(old)
    (folder / "all.json").write_text(json.dumps(before | {"readmission_owner": "x"}))
    written = make_secrets(folder, "postgres", 5432)
    assert [path.name for path in written] == ["pipeline.env"]
    assert "OWNER" not in (folder / "pipeline.env").read_text()
    assert before["readmission_pipeline"] in (folder / "pipeline.env").read_text()
    assert (folder / "inference-service.env").read_text() == inference
    assert json.loads((folder / "all.json").read_text()) == before
