"""Every program of the local platform, as data. To add one, add an entry to :func:`declare`
(what watches the others is in ``observing.py``).

A program sees the open settings, and of the secrets only those it names.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from readmission.local.processes import owned as processes
from readmission.local.processes.liveness import Bounds
from readmission.local.programs import airflow_environment, environment, expose, observing
from readmission.local.programs.program import RUNNERS, STORES, Platform, Program
from readmission.local.state.credentials import MLFLOW_USERS, mlflow_login
from readmission.local.state.folder import StateFolder, write_private
from readmission.storage.postgres.databases import database_url

PIPELINE_SECRETS = (
    "READMISSION_DATABASE__URL",
    "READMISSION_SERVING_DATABASE__URL",
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
)
STEP_SECRETS_DIR = "READMISSION_STEP_SECRETS_DIR"
S3_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def declare(platform: Platform) -> list[Program]:
    """All programs, in the order they start."""
    settings, ports, folder = platform.settings, platform.settings.ports, platform.folder
    bin_dir = Path(sys.executable).parent
    postgres, s3 = f"tcp://127.0.0.1:{ports.postgres}", f"tcp://127.0.0.1:{ports.s3}"
    mlflow, airflow = f"http://127.0.0.1:{ports.mlflow}", f"http://127.0.0.1:{ports.airflow}"
    data_service = f"http://127.0.0.1:{settings.data_service.port}"
    inference_service = f"http://127.0.0.1:{settings.inference_service.port}"
    ui = f"http://127.0.0.1:{settings.ui.port}"
    user = platform.cluster.os_user
    airflow_settings = airflow_environment.for_servers(platform.settings, folder, platform.secrets)
    airflow_bin = str(bin_dir / "airflow")
    return [
        Program(
            "postgres",
            tuple(platform.cluster.server_command(ports.postgres)),
            alive=f"postgres://127.0.0.1:{ports.postgres}",
            ready=postgres,
            port=ports.postgres,
            port_setting="READMISSION_PORTS__POSTGRES",
            stop_order=STORES,
            stop_signal="SIGINT",
            stop_seconds=30,
            user=(user.pw_uid, user.pw_gid) if user else None,
        ),
        Program(
            "s3",
            (
                str(bin_dir / "rclone"),
                *f"serve s3 --addr 127.0.0.1:{ports.s3} --vfs-cache-mode off".split(),
                str(folder.s3),
            ),
            alive=f"http://127.0.0.1:{ports.s3}/",
            ready=s3,
            port=ports.s3,
            port_setting="READMISSION_PORTS__S3",
            environment={
                "RCLONE_AUTH_KEY": f'"{platform.secrets["s3_key_id"]},{platform.secrets["s3_secret"]}"',
                "RCLONE_CONFIG": str(folder.run / "rclone.conf"),  # never the user's own
            },
            stop_order=STORES,
        ),
        Program(
            "mlflow",
            (str(bin_dir / "readmission"), "serve", "mlflow"),
            alive=f"{mlflow}/health",
            ready=f"{mlflow}/health",
            port=ports.mlflow,
            port_setting="READMISSION_PORTS__MLFLOW",
            url=f"{mlflow}/#/models?workflowType=machine_learning",
            secrets=S3_SECRETS,
            environment=mlflow_environment(platform),
            waits_for=(postgres, s3),
        ),
        Program(
            "data-service",
            (str(bin_dir / "readmission"), "serve", "data-service"),
            alive=f"{data_service}/healthz",
            ready=f"{data_service}/readyz",
            port=settings.data_service.port,
            port_setting="READMISSION_DATA_SERVICE__PORT",
            url=f"{data_service}/docs",
            secrets=("READMISSION_DATA_SERVICE__ADMIN_KEY",),
        ),
        Program(
            "airflow-api-server",
            (airflow_bin, "api-server"),
            alive=f"{airflow}/api/v2/version",
            ready=f"{airflow}/api/v2/monitor/health",
            port=ports.airflow,
            port_setting="READMISSION_PORTS__AIRFLOW",
            url=airflow,
            environment=airflow_settings,
            waits_for=(postgres,),
        ),
        Program(
            "airflow-scheduler",
            (airflow_bin, "scheduler", "--skip-serve-logs"),
            alive=f"airflow://127.0.0.1:{ports.airflow}/scheduler",
            ready="",
            airflow_part="scheduler",
            secrets=(*PIPELINE_SECRETS, "READMISSION_DATA_SERVICE__API_KEY"),
            # Where a step finds the secrets that are its own: a path, never the secrets.
            environment={**airflow_settings, STEP_SECRETS_DIR: str(folder.step_secrets)},
            waits_for=(postgres,),
            stop_order=RUNNERS,
        ),
        Program(
            "airflow-dag-processor",
            (airflow_bin, "dag-processor"),
            alive=f"airflow://127.0.0.1:{ports.airflow}/dag_processor",
            ready="",
            airflow_part="dag_processor",
            environment=airflow_settings,
            waits_for=(postgres,),
            stop_order=RUNNERS,
        ),
        Program(
            "inference-service",
            (str(bin_dir / "readmission"), "serve", "inference-service"),
            alive=f"{inference_service}/healthz",
            ready=f"{inference_service}/readyz",
            port=settings.inference_service.port,
            port_setting="READMISSION_INFERENCE_SERVICE__PORT",
            url=f"{inference_service}/docs",
            secrets=(
                "READMISSION_SERVING_DATABASE__URL",
                "READMISSION_INFERENCE_SERVICE__ADMIN_KEY",
                *S3_SECRETS,
            ),
            environment=mlflow_login(platform.secrets, "inference-service"),
            waits_for=(postgres,),
            after_dag="diabetes_model_pipeline",
        ),
        *observing.declare(platform),
        Program(
            "ui",
            (str(bin_dir / "readmission"), "serve", "ui"),
            alive=f"{ui}/healthz",
            ready=f"{ui}/readyz",
            port=settings.ui.port,
            port_setting="READMISSION_UI__PORT",
            url=ui,
            secrets=("READMISSION_AIRFLOW__PASSWORD",),
            # Gradio must not call home, nor look for newer versions of itself.
            environment={"GRADIO_ANALYTICS_ENABLED": "False"},
        ),
        *expose.declare(settings),
    ]


def mlflow_environment(platform: Platform) -> dict[str, str]:
    """What only MLflow's server is told: its databases, its users, where it listens."""
    secrets, ports = platform.secrets, platform.settings.ports
    users = {name: secrets[f"mlflow_{name}"] for name in MLFLOW_USERS}
    users_url = database_url("mlflow", secrets["mlflow"], "mlflow_auth", ports.postgres)
    return {
        "MLFLOW_BACKEND_STORE_URI": mlflow_database_url(platform),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets["mlflow_session"],
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(
            [
                "127.0.0.1:*",
                "localhost:*",
                *(f"{name}{port}" for name in platform.settings.allowed_hosts for port in ("", ":*")),
            ]
        ),
        "READMISSION_MLFLOW__HOST": "127.0.0.1",
        "READMISSION_MLFLOW__PORT": str(ports.mlflow),
        "READMISSION_MLFLOW__AUTH_DATABASE_URL": users_url,
        "READMISSION_MLFLOW__USERS": json.dumps(users),
    }


def mlflow_database_url(platform: Platform) -> str:
    """SQLAlchemy URL of MLflow's database."""
    return database_url("mlflow", platform.secrets["mlflow"], "mlflow", platform.settings.ports.postgres)


def environment_of(program: Program, platform: Platform) -> dict[str, str]:
    """The whole environment of a program: nothing comes from the shell but what every part needs."""
    secrets = platform.secret_settings()
    marks = {processes.FOLDER_MARK: str(platform.folder.root), processes.PROGRAM_MARK: program.name}
    return (
        environment.machine_environment()
        | environment.third_party_settings()
        | platform.open_settings()
        | {name: secrets[name] for name in program.secrets}
        | dict(program.environment)
        | marks
    )


def hangs_file(folder: StateFolder, name: str) -> Path:
    """Where a part's guard counts how often it hung."""
    return folder.run / f"{name}.hangs.json"


def write_files(programs: list[Program], platform: Platform) -> dict[str, Path]:
    """Write what each guard reads (mode 0600); program name to file."""
    files = {}
    for program in programs:
        specification = {
            "command": program.command,
            "environment": environment_of(program, platform),
            "folder": str(platform.folder.run),
            "waits_for": program.waits_for,
            "stop_signal": program.stop_signal,
            "stop_seconds": program.stop_seconds,
            "user": program.user,
            "pid_file": str(platform.folder.run / f"{program.name}.pid"),
            "alive": program.alive,
            "bounds": asdict(Bounds()),
            "hangs_file": str(hangs_file(platform.folder, program.name)),
        }
        files[program.name] = platform.folder.programs / f"{program.name}.json"
        write_private(files[program.name], json.dumps(specification, indent=2))
    return files
