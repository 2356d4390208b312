"""The buckets: made once if they are missing."""

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from readmission.errors import UnavailableError
from readmission.settings import Settings


def create_buckets(settings: Settings) -> list[str]:
    """Make the buckets that are missing (repeatable).

    Returns:
        The names of those made now.

    Raises:
        UnavailableError: S3 does not answer, or refuses.
    """
    keys = settings.aws_access_key_id, settings.aws_secret_access_key
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        aws_access_key_id=keys[0].get_secret_value() if keys[0] else None,
        aws_secret_access_key=keys[1].get_secret_value() if keys[1] else None,
    )
    made = []
    try:
        there = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
        for name in (settings.s3.mlflow_bucket, settings.s3.archive_bucket):
            if name not in there:
                client.create_bucket(Bucket=name)
                made.append(name)
    except (BotoCoreError, ClientError) as error:
        raise UnavailableError(f"S3 at {settings.s3_endpoint_url} does not make buckets: {error}") from error
    return made
