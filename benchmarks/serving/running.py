"""Start one server of the comparison, wait until it answers rightly, see its memory, stop it."""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from benchmarks.serving.peers import SERVERS, Peer

SOURCE = Path(__file__).parents[2] / "src"
_START_SECONDS = 120


class BrokenAnswerError(Exception):
    """A server answered something else than the model says."""


class Server:
    """A running server."""

    def __init__(self, peer: Peer, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.peer, self.port, self._process = peer, port, process
        self._started = time.monotonic()

    def ask(self, encounter: dict[str, Any]) -> Any:
        """One answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{self.peer.path}",
            self.peer.body(encounter),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return json.load(response)

    def wait(self, encounter: dict[str, Any]) -> float:
        """Poll until it answers; gives the seconds since its start."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.ask(encounter)
                return time.monotonic() - self._started
            except (urllib.error.URLError, OSError, ValueError) as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise BrokenAnswerError(f"{self.peer.name} does not answer: {error}") from error
                time.sleep(0.05)

    def check(self, encounters: list[dict[str, Any]], expected: list[float]) -> None:
        """Compare answers with the model's own.

        Raises:
            BrokenAnswerError: one differs by more than 1e-5.
        """
        if self.peer.read is None:
            return
        for encounter, risk in zip(encounters, expected, strict=True):
            found = self.peer.read(self.ask(encounter))
            if not abs(found - risk) <= 1e-5:
                raise BrokenAnswerError(f"{self.peer.name} says {found}, the model {risk}")

    def pss_mb(self) -> float:
        """Proportional set size of all its processes, in MiB."""
        total = 0
        for process in self.processes():
            with suppress(OSError, psutil.Error):
                text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
                found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
                total += int(found[1]) if found else 0
        return total / 1024

    def stop(self) -> None:
        """Stop it and all it started."""
        tree = self.processes()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(15)
        for process in tree:
            with suppress(psutil.Error):
                process.kill()

    def processes(self) -> list[psutil.Process]:
        """It and all it started."""
        try:
            parent = psutil.Process(self._process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.Error:
            return []


@contextmanager
def running(
    peer: Peer,
    port: int,
    environments: Path,
    model: Path,
    settings: dict[str, str],
    log: Path,
    source: Path = SOURCE,
) -> Iterator[Server]:
    """A server while the block runs; its output goes to ``log``, its code comes from ``source``."""
    environment = {**os.environ, **settings, "BENCH_MODEL": str(model)}
    environment["PYTHONPATH"] = os.pathsep.join((str(source), str(SERVERS)))
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    more = {
        "MLSERVER_HTTP_PORT": port, "MLSERVER_GRPC_PORT": port + 1, "MLSERVER_METRICS_PORT": port + 2,
        "MLSERVER_PARALLEL_WORKERS": 0, "MLSERVER_HOST": "127.0.0.1", "MLSERVER_DEBUG": "false",
        "BENTOML_DO_NOT_TRACK": "true", "RAY_USAGE_STATS_ENABLED": "0", "MLFLOW_DISABLE_TELEMETRY": "true",
        "READMISSION_INFERENCE_SERVICE__PORT": port,
    }  # fmt: skip
    environment |= {name: str(value) for name, value in more.items()} | dict(peer.settings)
    command = [part.replace("{model}", str(model)) for part in peer.program(environments, port)]
    environment["PATH"] = os.pathsep.join((str(Path(command[0]).parent), environment["PATH"]))
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=SERVERS, env=environment, stdout=output, stderr=output)
    server = Server(peer, port, process)
    try:
        yield server
    finally:
        server.stop()
