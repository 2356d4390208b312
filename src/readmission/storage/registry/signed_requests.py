"""AWS Signature Version 4 of a plain GET: all the inference service needs of S3, without boto3's memory and start time.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_SIGNED = "host;x-amz-content-sha256;x-amz-date"


def sign_get(
    endpoint: str, bucket: str, key: str, access_key: str, secret_key: str, region: str, now: datetime | None = None
) -> tuple[str, dict[str, str]]:
    """URL and headers of a signed GET of one object, in path style.

    Args:
        endpoint: scheme and host of the S3 server.
        bucket: name of the bucket.
        key: name of the object.
        access_key: id of the key pair.
        secret_key: its secret.
        region: as the server expects it.
        now: the moment it is signed for; default: this one.
    """
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    host, path = urlsplit(endpoint).netloc, quote(f"/{bucket}/{key}", safe="/-_.~")
    headers = {"host": host, "x-amz-content-sha256": _EMPTY_SHA256, "x-amz-date": moment}
    lines = "".join(f"{name}:{headers[name]}\n" for name in _SIGNED.split(";"))
    request = f"GET\n{path}\n\n{lines}\n{_SIGNED}\n{_EMPTY_SHA256}"
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signing_key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        signing_key = hmac.digest(signing_key, part.encode(), "sha256")
    signature = hmac.digest(signing_key, text.encode(), "sha256").hex()
    credential = f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={_SIGNED}, Signature={signature}"
    return endpoint.rstrip("/") + path, {**headers, "authorization": credential}
