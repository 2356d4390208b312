"""One load for all: N connections, each sends the next body as soon as it has its answer.

wrk where it is installed (it costs little of the machine the server shares), else a client of our own.
"""

import asyncio
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import AnyStr

_LUA = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local number = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  number = number %% #bodies + 1
  return wrk.format(nil, nil, nil, bodies[number])
end
"""
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Measured:
    """What one run of the load saw: requests a second, latencies in milliseconds, answers other than 2xx."""

    rate: float
    p50_ms: float
    p99_ms: float
    broken: int


def generator() -> str:
    """Which load generator is used."""
    return "wrk" if shutil.which("wrk") else "asyncio"


def run_load(port: int, path: str, bodies: list[bytes], connections: int, seconds: int, folder: Path) -> Measured:
    """Load one server on this machine."""
    if generator() == "wrk":
        return _run_wrk(port, path, bodies, connections, seconds, folder)
    return asyncio.run(_run_own(port, path, bodies, connections, seconds))


def _run_wrk(port: int, path: str, bodies: list[bytes], connections: int, seconds: int, folder: Path) -> Measured:
    (folder / "bodies.txt").write_bytes(b"\n".join(bodies))
    (folder / "post.lua").write_text(_LUA % (folder / "bodies.txt"))
    options = [
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        f"{max(30, 2 * seconds)}s",
        "--latency",
        "-s",
        str(folder / "post.lua"),
    ]
    command = ["wrk", *options, f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def latency(share: str) -> float:
        found = _find(rf"{share}%\s+([\d.]+)(us|ms|s|m)", said)
        return float(found[1]) * _UNITS_MS[found[2]]

    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    lost = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    broken = (int(refused[1]) if refused else 0) + (sum(map(int, lost.groups())) if lost else 0)
    return Measured(float(_find(r"Requests/sec:\s+([\d.]+)", said)[1]), latency("50"), latency("99"), broken)


def _find(pattern: AnyStr, said: AnyStr) -> re.Match[AnyStr]:
    """The first match; what has none is no answer of the program that was asked."""
    found = re.search(pattern, said)
    if found is None:
        raise ValueError(f"{said[:200]!r} has nothing like {pattern!r}")
    return found


async def _run_own(port: int, path: str, bodies: list[bytes], connections: int, seconds: int) -> Measured:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
    messages = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]
    latencies: list[float] = []
    broken = 0
    started = time.perf_counter()

    async def ask(first: int) -> None:
        nonlocal broken
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = first
        while time.perf_counter() - started < seconds:
            sent = time.perf_counter()
            writer.write(messages[number % len(messages)])
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(_find(rb"content-length: (\d+)", answer)[1]))
            latencies.append((time.perf_counter() - sent) * 1000)
            broken += not answer.startswith(b"http/1.1 2")
            number += connections
        writer.close()

    await asyncio.gather(*(ask(first) for first in range(connections)))
    latencies.sort()
    rate = len(latencies) / (time.perf_counter() - started)
    return Measured(rate, latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100], broken)
