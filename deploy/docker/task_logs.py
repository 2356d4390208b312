"""Keeps the logs of Airflow's task pods in S3, where Airflow's page reads them once the pod is gone.

Named by ``AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS=task_logs.LOGGING``. Credentials and address are the environment's, as
for every part (``AWS_*``, ``MLFLOW_S3_ENDPOINT_URL``). It takes boto3 alone; Airflow's own way would bring the
Amazon provider with some thirty packages.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from airflow.config_templates.airflow_local_settings import DEFAULT_LOGGING_CONFIG as LOGGING

__all__ = ["LOGGING", "REMOTE_TASK_LOG"]


class LogsInS3:
    """Uploads the file of a finished task, and reads it again.

    Args:
        address: ``s3://BUCKET/PREFIX``.
    """

    processors: tuple[Any, ...] = ()

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._bucket = parts.netloc
        self._prefix = parts.path.strip("/")

    def upload(self, path: str | os.PathLike[str], ti: object = None) -> None:
        """Store a log; ``path`` is relative to Airflow's folder of logs."""
        folder = Path(os.environ["AIRFLOW_HOME"]) / "logs"
        self._client().upload_file(str(folder / path), self._bucket, self._key(str(path)))

    def read(self, relative_path: str, ti: object) -> tuple[list[str], list[str]]:
        """Where a log was found, and its text; nothing while there is none."""
        from botocore.exceptions import ClientError

        key = self._key(relative_path)
        try:
            text = self._client().get_object(Bucket=self._bucket, Key=key)["Body"].read().decode("utf-8", "replace")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return [], []
            raise
        return [f"s3://{self._bucket}/{key}"], [text]

    def stream(self, relative_path: str, ti: object) -> tuple[list[str], list[Generator[str, None, None]]]:
        """The same, line by line."""
        sources, texts = self.read(relative_path, ti)
        return sources, [(line for line in text.splitlines()) for text in texts]

    def _key(self, path: str) -> str:
        return f"{self._prefix}/{path}".lstrip("/")

    def _client(self) -> Any:
        import boto3  # only where a log moves: every start of Airflow imports this file

        return boto3.client("s3", endpoint_url=os.environ["MLFLOW_S3_ENDPOINT_URL"])


REMOTE_TASK_LOG = LogsInS3(os.environ["AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER"])
