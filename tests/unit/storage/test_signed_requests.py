"""Signatures equal those of botocore, the reference implementation."""

from datetime import UTC, datetime

import pytest
from botocore import auth, credentials
from botocore.awsrequest import AWSRequest

from readmission.storage.registry.signed_requests import sign_get

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("key", ["1/abc/artifacts/model/model.onnx", "a b/ü+=&/x~y", "a//b"])
def test_the_signature_is_botocores(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setattr(auth, "get_current_datetime", lambda *_: NOW.replace(tzinfo=None))
    url, headers = sign_get("http://127.0.0.1:9000", "mlflow", key, "id", "secret", "eu-west-1", NOW)
    request = AWSRequest("GET", url)
    request.headers["x-amz-content-sha256"] = headers["x-amz-content-sha256"]
    auth.S3SigV4Auth(credentials.Credentials("id", "secret"), "s3", "eu-west-1").add_auth(request)
    assert headers["authorization"] == request.headers["Authorization"]
