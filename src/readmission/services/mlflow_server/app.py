"""The application uvicorn runs: the wall, and MLflow behind it."""

from readmission.services.mlflow_server.run import ADMINISTRATOR, artifact_root, users_of
from readmission.services.mlflow_server.wall import MlflowWall
from readmission.settings import load_settings
from readmission.storage.registry.mlflow_application import open_mlflow


def create_app() -> MlflowWall:
    """MLflow behind the wall, its users made or brought up to date.

    Raises:
        ConfigurationError: a setting it needs is missing.
        UnavailableError: the database of its users does not answer.
    """
    settings = load_settings()
    url, passwords = users_of(settings)
    root = artifact_root(settings)
    mlflow, logins = open_mlflow(root, url, passwords, ADMINISTRATOR)
    return MlflowWall(mlflow, logins.check, root)
