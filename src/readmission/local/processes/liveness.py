"""Notice that a program hangs: it ran, it answered, and now it does not, though it has not ended.

Being ready is another question: a service without its database is not ready, and a restart would not help it.
"""

import http.client
import json
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""PostgreSQL's first message of a client that may encrypt; the server answers one byte, also while it recovers."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a silent program counts as hung: so many looks without an answer, and so many seconds since the last one.

    A busy machine is far from that: on two cores at a load average of 65 the slowest of 9,860 answers of PostgreSQL,
    S3, MLflow and our services took 0.5 s.
    """

    every_seconds: float = 5.0
    timeout_seconds: float = 10.0
    failures: int = 6
    silent_seconds: float = 60.0


class Liveness:
    """Looks at one program from a thread of its own, since an answer may be waited for.

    Args:
        address: as for :func:`is_alive`.
        bounds: when it counts as hung.
    """

    def __init__(self, address: str, bounds: Bounds) -> None:
        self._address = address
        self._bounds = bounds
        self._hung = threading.Event()
        self._silent_seconds = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def complaint(self) -> str | None:
        """What is wrong, for the log; None while nothing is."""
        if not self._hung.is_set():
            return None
        return f"{self._address} has not answered for {self._silent_seconds:.0f} s"

    def _watch(self) -> None:
        answered: float | None = None
        failures = 0
        while not self._hung.is_set():
            if is_alive(self._address, self._bounds.timeout_seconds):
                answered, failures = time.monotonic(), 0
            elif answered is not None:  # before its first answer it is starting
                failures += 1
                self._silent_seconds = time.monotonic() - answered
                if failures >= self._bounds.failures and self._silent_seconds >= self._bounds.silent_seconds:
                    self._hung.set()
            time.sleep(self._bounds.every_seconds)


def is_alive(address: str, timeout_seconds: float) -> bool:
    """True if a program answers at all.

    Args:
        address: ``http://host:port/path``: any answer will do, also a refusal. ``postgres://host:port``: PostgreSQL's
            own protocol; a stopped server still accepts connections. ``airflow://host:port/part``: Airflow's API server
            does not say that this part's heartbeat is late; while the API server itself is away nothing is known.
        timeout_seconds: how long an answer is waited for.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    if parts.scheme == "postgres":
        return _postgres_answers(host, port, timeout_seconds)
    part = parts.path.strip("/") if parts.scheme == "airflow" else ""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_seconds)
    try:
        connection.request("GET", "/api/v2/monitor/health" if part else parts.path or "/")
        response = connection.getresponse()
        return not part or response.status != 200 or _heart_beats(response.read(), part)
    except (OSError, http.client.HTTPException):
        return bool(part)
    finally:
        connection.close()


def _postgres_answers(host: str, port: int, timeout_seconds: float) -> bool:
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds) as connection:
            connection.sendall(_SSL_REQUEST)
            return bool(connection.recv(1))
    except OSError:
        return False


def _heart_beats(health: bytes, part: str) -> bool:
    try:
        return bool(json.loads(health)[part]["status"] != "unhealthy")
    except (ValueError, KeyError, TypeError):
        return True


@dataclass(frozen=True, slots=True)
class Hangs:
    """How often a part hung since the platform was brought up, and when last; kept beside its pid file."""

    count: int = 0
    last: str = ""


def read_hangs(file: Path) -> Hangs:
    """What a guard counted; none if there is no file."""
    try:
        return Hangs(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Hangs()


def count_hang(file: Path) -> Hangs:
    """One more, now."""
    counted = Hangs(read_hangs(file).count + 1, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    file.write_text(json.dumps({"count": counted.count, "last": counted.last}), encoding="utf-8")
    return counted
