"""`create-stores` against a real PostgreSQL and a real S3: from nothing, and again."""

import boto3
import psycopg
import pytest
from pydantic import SecretStr

from readmission.errors import ConfigurationError, UnavailableError
from readmission.local.deployment.stores import create_stores
from readmission.settings import DatabaseSettings, S3Settings, Settings
from tests.conftest import RunningParts, RunningPostgres, free_port


@pytest.fixture
def settings(postgres_server: RunningPostgres, s3_and_mlflow: RunningParts) -> Settings:
    with psycopg.connect(postgres_server.superuser_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS readmission WITH (FORCE)")
    owner = postgres_server.url("readmission_migrator")
    environment = s3_and_mlflow.environment
    return Settings(
        _env_file=None,
        role_passwords={role: SecretStr(word) for role, word in postgres_server.passwords.items()},
        database=DatabaseSettings(superuser_url=SecretStr(postgres_server.superuser_url), owner_url=owner),
        serving_database=DatabaseSettings(owner_url=owner),
        s3=S3Settings(mlflow_bucket="mlflow", archive_bucket="a-new-one"),
        s3_endpoint_url=environment["MLFLOW_S3_ENDPOINT_URL"],
        aws_access_key_id=SecretStr(environment["AWS_ACCESS_KEY_ID"]),
        aws_secret_access_key=SecretStr(environment["AWS_SECRET_ACCESS_KEY"]),
    )


def test_stores_are_made_from_nothing_and_kept(
    settings: Settings, postgres_server: RunningPostgres, s3_and_mlflow: RunningParts
) -> None:
    first = create_stores(settings)
    assert (first["databases"], first["buckets"]) == (True, ["a-new-one"])
    assert first["tables"]["pipeline"]["before"] is None
    reader = postgres_server.url("readmission_reader").get_secret_value()
    with psycopg.connect(reader) as connection:
        assert connection.execute("SELECT count(*) FROM raw.encounters").fetchone() == (0,)
    s3 = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        aws_access_key_id=s3_and_mlflow.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=s3_and_mlflow.environment["AWS_SECRET_ACCESS_KEY"],
    )
    assert {"mlflow", "a-new-one"} <= {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    again = create_stores(settings)
    assert again["buckets"] == []
    assert again["tables"]["pipeline"]["before"] == again["tables"]["pipeline"]["after"]
    managed = settings.model_copy(update={"database": DatabaseSettings(owner_url=settings.database.owner_url)})
    assert create_stores(managed)["databases"] is False
    s3.delete_bucket(Bucket="a-new-one")


def test_what_is_missing_or_away_is_named(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="readmission_migrator"):
        create_stores(settings.model_copy(update={"role_passwords": {}}))
    away = settings.model_copy(update={"s3_endpoint_url": f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(UnavailableError, match="S3 at"):
        create_stores(away)
