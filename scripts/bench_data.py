"""How fast batches are read over HTTP, by format, as a share of reading the same CSV from disk.

    make bench-data

Starts a data service of its own on synthetic encounters, reads every batch of every split five times
in each format, and parses each into a frame. Ratios, not seconds, carry over to other machines.
"""

import contextlib
import io
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import polars as pl

ROUNDS = 5
PARSERS: dict[str, Callable[[bytes], pl.DataFrame]] = {
    "text/csv": lambda body: pl.read_csv(body, infer_schema=False),
    "application/vnd.apache.arrow.stream": lambda body: pl.read_ipc_stream(io.BytesIO(body)),
    "application/json": lambda body: pl.read_json(io.BytesIO(body), infer_schema_length=None),
}


def time_reading(read: Callable[[], int]) -> float:
    """Encounters a second over all rounds, after one round that warms the caches."""
    read()
    started = time.perf_counter()
    rows = sum(read() for _ in range(ROUNDS))
    return rows / (time.perf_counter() - started)


def read_all(client: httpx.Client, media_type: str) -> int:
    """Read and parse every batch; encounters read."""
    rows = 0
    for split in ("train", "validation", "test"):
        for batch in client.get(f"/splits/{split}/batches").json()["batches"]:
            answer = client.get(f"/splits/{split}/batches/{batch['number']}", headers={"Accept": media_type})
            rows += PARSERS[media_type](answer.raise_for_status().content).height
    return rows


def wait_ready(client: httpx.Client) -> None:
    """Poll /readyz for up to a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return
        time.sleep(0.05)
    raise SystemExit("bench-data: the data service did not get ready")


def main() -> None:
    """Print one line a format."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as state:
        ours = {
            "READMISSION_STATE_DIR": state,
            "READMISSION_DATASET": "synthetic",
            "READMISSION_DATA_SERVICE__PORT": str(port),
        }
        command = (sys.executable, "-c", "from readmission.cli import main; main()", "serve", "data-service")
        process = subprocess.Popen(command, env=os.environ | ours, stderr=subprocess.DEVNULL)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                wait_ready(client)
                source = next((Path(state) / "dataset").glob("*.csv"))
                plain = time_reading(lambda: pl.read_csv(source, infer_schema=False).height)
                sys.stdout.write(f"{'plain file':40} {plain:12,.0f} encounters/s   1.00\n")
                for media_type in PARSERS:
                    speed = time_reading(lambda media_type=media_type: read_all(client, media_type))  # type: ignore[misc]
                    sys.stdout.write(f"{media_type:40} {speed:12,.0f} encounters/s   {speed / plain:.2f}\n")
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
