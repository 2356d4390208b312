"""Bring the platform up: check, make what is missing, start every part, run the chain."""

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from readmission.clients.airflow import AirflowClient
from readmission.contract.api_key import key_headers
from readmission.dataset import resolve_dataset
from readmission.errors import PlatformError, UnavailableError
from readmission.local import chain
from readmission.local.processes import owned as processes
from readmission.local.programs import airflow_environment, environment, observing, postgres
from readmission.local.programs import declare as programs
from readmission.local.programs.program import Platform, Program
from readmission.local.stages import Stages
from readmission.local.state import credentials, dataset_choice
from readmission.local.state.folder import StateFolder, write_private
from readmission.local.supervise import checks, readiness
from readmission.local.supervise import supervisor as supervision
from readmission.model.signature import read_public_keys
from readmission.model.signing_key_files import write_signing_key
from readmission.settings import Settings
from readmission.storage.postgres import databases
from readmission.storage.postgres.connection import connect


@dataclass(frozen=True, slots=True)
class StartResult:
    """What ``up`` did: the parts, the data set served, and what became of the chain.

    ``chain`` is ``ran``, ``done`` (earlier, for this data set) or ``left out``. ``model_served``: a model answers.
    """

    platform: Platform
    parts: list[Program]
    dataset: dict[str, Any]
    chain: str
    model_served: bool


def describe(settings: Settings) -> Platform:
    """The platform of these settings: makes the state folder and the secrets if they are missing.

    Raises:
        PlatformError: the state folder belongs to another data set, or cannot be made.
    """
    folder = StateFolder.open(settings.state_dir)
    dataset = dataset_choice.choose(folder, settings.dataset)
    secrets = credentials.load_or_make(folder)
    if not folder.signing_key.is_file():
        write_signing_key(folder.signing_key, folder.trusted_keys)
    return Platform(settings, folder, secrets, postgres.locate_cluster(folder.root), dataset)


def up(settings: Settings, stages: Stages, *, with_chain: bool = True) -> StartResult:
    """Everything up, and the chain done once for this data set. Repeating it is quick.

    Raises:
        PlatformError: a check fails, a part does not start, or a DAG fails; one line says which and where to look.
    """
    platform = describe(settings)
    folder = platform.folder
    with folder.locked():
        parts = programs.declare(platform)
        with AirflowClient.open(settings.ports.airflow, platform.secrets["airflow_admin"]) as airflow:
            if supervision.running(folder):
                _refuse_other_settings(platform)
                supervision.start_programs(folder, [part.name for part in parts])
            else:
                _start_all(platform, parts, stages)
            readiness.wait_for([part for part in parts if not part.after_dag], folder, airflow, stages, "parts ready")
            dataset = _dataset_served(platform)
            if not with_chain:
                return StartResult(platform, parts, dataset, "left out", model_served=False)
            ran = run_chain(platform, airflow, stages, again=False)
            later = [part for part in parts if part.after_dag in dags_of(platform)]
            if later:
                database = SecretStr(platform.secret_settings()["READMISSION_DATABASE__URL"])
                require_signed_champion(database, folder.trusted_keys)
                readiness.wait_for(later, folder, airflow, stages, "model served")
            return StartResult(platform, parts, dataset, "ran" if ran else "done", model_served=bool(later))


def require_signed_champion(database: SecretStr, public_keys_file: Path) -> None:
    """Say at once, and with the command that helps, that the inference service will not take what was promoted.

    So it is after an update from a version that did not sign promotions.

    Raises:
        PlatformError: versions were promoted, but none with a signature that counts.
    """
    from readmission.storage.registry.recorded_model import find_record  # slow to import

    record = find_record(database, read_public_keys(public_keys_file))
    if record.live is None and record.not_trusted:
        raise PlatformError(f"every part runs, but no model answers: {record.not_trusted[0]}")


def dags_of(platform: Platform) -> list[str]:
    """The DAGs of the chain that have a file."""
    return chain.dags_of_chain(Path(platform.open_settings()["READMISSION_DAGS_DIR"]))


def run_chain(platform: Platform, airflow: AirflowClient, stages: Stages, *, again: bool) -> bool:
    """Run the chain and follow it; False if it was done already and ``again`` is not asked for.

    A run in progress is followed. One that failed, or was cut before its next DAG started, is started anew.
    """
    dag_ids = dags_of(platform)
    if not dag_ids:
        return False
    chain.wait_until_read(airflow, dag_ids)
    last = chain.find_last(airflow, dag_ids)
    if last.done and not again:
        return False
    if not last.in_progress:
        airflow.trigger(dag_ids[0])
    chain.follow(airflow, platform.folder, dag_ids, stages)
    return True


def _start_all(platform: Platform, parts: list[Program], stages: Stages) -> None:
    """Start from nothing; if that fails, nothing is left running."""
    folder = platform.folder
    processes.end(left_behind(folder))
    checks.check_machine(folder)
    checks.check_ports(parts)
    _write_files(platform)
    configuration = supervision.write_configuration(folder, parts, programs.write_files(parts, platform))
    observing.write_configuration(platform)
    make_buckets(platform)
    supervision.start(folder, configuration)
    try:
        _start_parts(platform, [part.name for part in parts], stages)
    except BaseException:
        supervision.stop(folder)
        raise


def _start_parts(platform: Platform, names: list[str], stages: Stages) -> None:
    """Each part as soon as what it needs is there; data set, databases and migrations side by side."""
    folder = platform.folder
    with ThreadPoolExecutor() as pool:
        dataset = pool.submit(_resolve_dataset, platform, stages)
        supervision.start_programs(folder, ["s3"])
        with stages.stage("PostgreSQL"):
            if kept := postgres.set_aside(platform.cluster, platform.secrets["postgres"]):
                stages.say(f"the database of an earlier clone at this place is kept in {kept}; delete it at will")
            postgres.initialise(platform.cluster, platform.secrets["postgres"])
            supervision.start_programs(folder, ["postgres"])
            wait_for_postgres(platform)
            databases.create_roles_and_databases(
                superuser_url(platform), platform.secrets, platform.settings.role_connections
            )
        _migrate_tables(platform, stages)
        airflow = pool.submit(_migrate_airflow, platform, stages)
        _migrate_mlflow(platform, stages)
        supervision.start_programs(folder, ["mlflow"])
        airflow.result()
        supervision.start_programs(folder, [name for name in names if name != "data-service"])
        dataset.result()
    supervision.start_programs(folder, names)


def _resolve_dataset(platform: Platform, stages: Stages) -> None:
    """Fetch or make the data set here, with a bar; the data service then finds it in the cache."""
    cache = platform.settings.dataset_cache_dir.expanduser().absolute()
    settings = platform.settings.model_copy(update={"dataset": platform.dataset, "dataset_cache": cache})
    with stages.stage("data set") as bar:
        resolve_dataset(settings, lambda step, done, whole: bar.advance_to(done, whole or 0, step, plain=False))


def make_buckets(platform: Platform) -> None:
    """Make both buckets: rclone serves each folder as one."""
    for bucket in (platform.settings.s3.mlflow_bucket, platform.settings.s3.archive_bucket):
        (platform.folder.s3 / bucket).mkdir(exist_ok=True)


def left_behind(folder: StateFolder) -> list[Any]:
    """What a platform killed with -9 left running here."""
    found = processes.marked(folder.root)
    for pid_file in folder.run.glob("*.pid"):
        if pid_file != folder.supervisor_pid_file:
            found += processes.remembered(pid_file)
    return found


def _write_files(platform: Platform) -> None:
    folder = platform.folder
    everything = platform.open_settings() | platform.secret_settings()
    everything[programs.STEP_SECRETS_DIR] = str(folder.step_secrets)
    write_private(folder.env_file, environment.render_env_file(everything))
    for step, values in platform.step_secrets().items():
        write_private(folder.step_secrets / f"{step}.env", environment.render_env_file(values))
    ports = platform.settings.ports
    places = {
        "airflow": f"http://127.0.0.1:{ports.airflow}",
        "mlflow": f"http://127.0.0.1:{ports.mlflow}",
        "s3": f"http://127.0.0.1:{ports.s3}",
        "postgres": f"127.0.0.1:{ports.postgres}",
    }
    credentials.write_logins(folder, platform.secrets, places)


def _refuse_other_settings(platform: Platform) -> None:
    """A running platform keeps the settings it was started with."""
    running = environment.read_env_file(platform.folder.env_file)
    for name, value in platform.open_settings().items():
        # The data set is settled during the first start; the commit moves under a running platform.
        if name not in ("READMISSION_DATASET", "READMISSION_CODE_COMMIT") and running.get(name) != value:
            raise PlatformError(f"{name} is {value}, but the platform runs with {running.get(name)}: `make down` first")


def superuser_url(platform: Platform) -> str:
    """libpq URL of the superuser."""
    password = platform.secrets["postgres"]
    return databases.database_url(postgres.SUPERUSER, password, "postgres", platform.settings.ports.postgres)


def wait_for_postgres(platform: Platform) -> None:
    """Wait until PostgreSQL takes connections.

    Raises:
        PlatformError: it does not within 90 s.
    """
    deadline = time.monotonic() + 90  # after a crash it replays its log first
    while True:
        try:
            with connect(SecretStr(superuser_url(platform)), timeout_seconds=5):
                return
        except UnavailableError as error:
            if time.monotonic() > deadline:
                said = readiness.last_words(platform.folder, "postgres")
                raise PlatformError(f"PostgreSQL does not start: {said}") from error
            time.sleep(0.05)


def _migrate_airflow(platform: Platform, stages: Stages) -> None:
    own = airflow_environment.for_servers(platform.settings, platform.folder, platform.secrets)
    command = [_program("airflow"), "db", "migrate"]
    _migrate_once(platform, stages, "apache-airflow", "Airflow database", command, own)


def _migrate_mlflow(platform: Platform, stages: Stages) -> None:
    # The server makes its tables by itself in an empty database; only another version has to migrate.
    if "mlflow" not in platform.folder.read_record():
        platform.folder.update_record(mlflow=version("mlflow"))
        return
    command = [_program("python"), "-c", "import os, mlflow.store.db.utils as u; u._upgrade_db("]
    command[-1] += "u.create_sqlalchemy_engine(os.environ['MLFLOW_BACKEND_STORE_URI']))"
    own = {"MLFLOW_BACKEND_STORE_URI": programs.mlflow_database_url(platform)}
    _migrate_once(platform, stages, "mlflow", "MLflow database", command, own)


def _migrate_tables(platform: Platform, stages: Stages) -> None:
    """Bring tables that an earlier version made up to date before any part uses them; the first DAG makes new ones."""
    from readmission.storage.postgres.migrate import DATABASE_NAMES, is_behind, migrate  # slow to import

    migrator = SecretStr(platform.step_secrets()["migrate"]["READMISSION_DATABASE__OWNER_URL"])
    if any(is_behind(database, migrator) for database in DATABASE_NAMES):
        with stages.stage("tables"):
            for database in DATABASE_NAMES:
                migrate(database, migrator)


def _migrate_once(
    platform: Platform, stages: Stages, package: str, title: str, command: list[str], own: dict[str, str]
) -> None:
    """Run a migration where this version has not run it yet."""
    folder, current = platform.folder, version(package)
    if folder.read_record().get(package) == current:
        return
    with stages.stage(title):
        marks = {processes.FOLDER_MARK: str(folder.root), processes.PROGRAM_MARK: f"{package}-migration"}
        settings = environment.machine_environment() | environment.third_party_settings() | own | marks
        log = supervision.log_file(folder, f"{package}-migration")
        with log.open("w") as output:
            done = subprocess.run(
                command, env=settings, stdout=output, stderr=subprocess.STDOUT, check=False, cwd=folder.run
            )
        if done.returncode != 0:
            raise PlatformError(f"{title}: migration failed: {readiness.last_words(folder, log.stem)}")
        folder.update_record(**{package: current})


def _dataset_served(platform: Platform) -> dict[str, Any]:
    address = f"http://127.0.0.1:{platform.settings.data_service.port}/dataset"
    key = key_headers(platform.settings.data_service.api_key)
    served: dict[str, Any] = httpx.get(address, headers=key, trust_env=False, timeout=60).raise_for_status().json()
    dataset_choice.keep(platform.folder, platform.dataset, served)
    return served


def _program(name: str) -> str:
    path = environment.machine_environment()["PATH"]
    return shutil.which(name, path=path) or str(Path(os.defpath) / name)
