"""Training on a real PostgreSQL, with a real MLflow whose files are in a real S3."""

import pytest

from readmission.settings import DatabaseSettings, Settings
from tests.clean_tables import fill_clean_tables, frame_of_made_up_encounters
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry
from tests.integration.inference_service.conftest import registry as registry


@pytest.fixture
def fresh_registry(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The MLflow server, with nothing registered by an earlier test, and its S3 within reach."""
    for name, value in registry.service_environment.items():
        monkeypatch.setenv(name, value)
    from mlflow import MlflowClient

    client = MlflowClient(registry.url, registry_uri=registry.url)
    for model in client.search_registered_models():
        client.delete_registered_model(model.name)
    return registry


@pytest.fixture
def settings(empty_database: RunningPostgres, fresh_registry: Registry) -> Settings:
    """Settings of the pipeline, with 3,000 made-up encounters in the clean tables."""
    owner = empty_database.url("readmission_migrator")
    fill_clean_tables(owner.get_secret_value(), frame_of_made_up_encounters(3000), "file")
    return Settings(
        database=DatabaseSettings(url=empty_database.url("readmission_pipeline"), owner_url=owner),
        mlflow_tracking_uri=fresh_registry.url,
        signing=fresh_registry.gate.settings,
        code_commit="test-commit",
    )
