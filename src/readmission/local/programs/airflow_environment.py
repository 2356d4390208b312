"""Airflow's own settings in local mode: its database, keys and addresses."""

from collections.abc import Mapping

from readmission.local.programs.environment import REPOSITORY
from readmission.local.state.folder import StateFolder
from readmission.settings import Settings
from readmission.storage.postgres.databases import database_url


def for_servers(settings: Settings, folder: StateFolder, secrets: Mapping[str, str]) -> dict[str, str]:
    """What api-server, scheduler, dag-processor and migration share: a task fails where one of them differs."""
    url = database_url("airflow", secrets["airflow"], "airflow", settings.ports.postgres)
    address = f"http://127.0.0.1:{settings.ports.airflow}"
    return {
        "AIRFLOW_HOME": str(folder.airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str((settings.dags_dir or REPOSITORY / "dags").absolute()),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": secrets["airflow_fernet"],
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder.airflow_home / "passwords.json"),
        "AIRFLOW__API__PORT": str(settings.ports.airflow),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__SECRET_KEY": secrets["airflow_session"],
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets["airflow_jwt"],
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url.replace("postgresql://", "postgresql+psycopg2://"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": url.replace("postgresql://", "postgresql+asyncpg://"),
    }
