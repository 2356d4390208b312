"""S3 by rclone and the MLflow server, as the platform runs them: a logged run, and strangers refused."""

from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conftest import RunningParts


def s3_client(parts: RunningParts, **changed: Any) -> Any:
    known = parts.environment
    values = {
        "endpoint_url": known["MLFLOW_S3_ENDPOINT_URL"],
        "aws_access_key_id": known["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": known["AWS_SECRET_ACCESS_KEY"],
        "region_name": "us-east-1",
    }
    return boto3.client("s3", **(values | changed))


def test_buckets_are_there_and_objects_come_back(s3_and_mlflow: RunningParts) -> None:
    client = s3_client(s3_and_mlflow)
    assert {bucket["Name"] for bucket in client.list_buckets()["Buckets"]} == {"archive", "mlflow"}
    client.put_object(Bucket="archive", Key="folder/one", Body=b"some bytes")
    assert client.get_object(Bucket="archive", Key="folder/one")["Body"].read() == b"some bytes"
    client.delete_object(Bucket="archive", Key="folder/one")
    assert "Contents" not in client.list_objects_v2(Bucket="archive")


@pytest.mark.parametrize(
    "stranger",
    [{"config": Config(signature_version=UNSIGNED)}, {"aws_secret_access_key": "wrong"}],
    ids=["anonymous", "wrong-secret"],
)
def test_strangers_are_refused(s3_and_mlflow: RunningParts, stranger: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        s3_client(s3_and_mlflow, **stranger).put_object(Bucket="mlflow", Key="stranger", Body=b"x")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)  # rclone: unsigned is 400
    assert "Contents" not in s3_client(s3_and_mlflow).list_objects_v2(Bucket="mlflow", Prefix="stranger")


def test_a_logged_run_keeps_its_metrics_and_artifacts(
    s3_and_mlflow: RunningParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    for name, value in s3_and_mlflow.environment.items():
        monkeypatch.setenv(name, value)
    client = MlflowClient(s3_and_mlflow.environment["MLFLOW_TRACKING_URI"])
    experiment = client.create_experiment("proof")
    run = client.create_run(experiment).info.run_id
    client.log_metric(run, "auc", 0.67)
    (tmp_path / "report.txt").write_text("a report")
    client.log_artifact(run, str(tmp_path / "report.txt"))
    client.set_terminated(run)

    logged = client.get_run(run)
    assert logged.data.metrics == {"auc": 0.67}
    assert logged.info.artifact_uri.startswith("s3://mlflow/artifacts/")
    (tmp_path / "back").mkdir()
    back = client.download_artifacts(run, "report.txt", str(tmp_path / "back"))
    assert Path(back).read_text() == "a report"
    key = logged.info.artifact_uri.removeprefix("s3://mlflow/") + "/report.txt"
    assert s3_client(s3_and_mlflow).get_object(Bucket="mlflow", Key=key)["Body"].read() == b"a report"


def test_mlflow_gives_metrics_and_refuses_foreign_hosts(s3_and_mlflow: RunningParts) -> None:
    address = s3_and_mlflow.environment["MLFLOW_TRACKING_URI"]
    search = "/api/2.0/mlflow/experiments/search"
    with httpx.Client(base_url=address, trust_env=False, auth=s3_and_mlflow.mlflow_login("metrics")) as client:
        assert client.post(search, json={"max_results": 5}).status_code == 200
        assert client.post(search, json={"max_results": 5}, headers={"Host": "evil.example"}).status_code == 403
        assert "mlflow_http_request_total" in client.get("/metrics").text
