"""The guard each program of the platform starts through: ``python -m readmission.local.processes.guard PROGRAM_FILE``.

The supervisor restarts and stops programs but knows nothing of readiness or orphans. The guard waits for what
the program needs, starts it in a session of its own, forwards stop signals, ends with it, and sweeps whatever
it leaves behind. It ends a program that hangs, so that the supervisor starts it anew. It stops the program when
the supervisor has died, and at its start it sweeps what an earlier guard, killed with -9, could not. It imports
little, so that it starts fast.
"""

import ctypes
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from readmission.local.processes import owned as processes
from readmission.local.processes.liveness import Bounds, Liveness, count_hang

_POLL_SECONDS = 0.2
_HUNG_STOP_SECONDS = 10
_PR_SET_CHILD_SUBREAPER = 36


class Guard:
    """Watches over one program; ``specification`` is what ``programs.write_files`` wrote."""

    def __init__(self, specification: dict[str, Any]) -> None:
        self.specification = specification
        self.pid_file = Path(specification["pid_file"])
        self.parent = os.getppid()
        self.asked_to_stop = False
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)

    def run(self) -> int:
        """Run the program to its end; its exit code (128 + signal if a signal ended it)."""
        processes.end(self._left_behind())
        _adopt_orphans()
        if not self._wait_for_dependencies():
            return 0
        program = self._start()
        code = self._watch(program)
        processes.end([*psutil.Process().children(recursive=True), *self._left_behind()], grace_seconds=3)
        self.pid_file.unlink(missing_ok=True)
        return code

    def _ask_to_stop(self, *_: object) -> None:
        self.asked_to_stop = True

    def _should_stop(self) -> bool:
        return self.asked_to_stop or os.getppid() != self.parent

    def _left_behind(self) -> list[psutil.Process]:
        environment = self.specification["environment"]
        marked = processes.marked(Path(environment[processes.FOLDER_MARK]), environment[processes.PROGRAM_MARK])
        return [*marked, *processes.remembered(self.pid_file)]

    def _wait_for_dependencies(self) -> bool:
        for address in self.specification["waits_for"]:
            said = False
            while not answers(address):
                if self._should_stop():
                    return False
                if not said:
                    print(f"guard: waiting for {address}", flush=True)  # noqa: T201
                    said = True
                time.sleep(_POLL_SECONDS)
        return not self._should_stop()

    def _start(self) -> "subprocess.Popen[bytes]":
        user = self.specification["user"]
        identity: dict[str, Any] = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        program = subprocess.Popen(
            self.specification["command"],
            env=self.specification["environment"],
            cwd=self.specification["folder"],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **identity,
        )
        processes.remember(self.pid_file, program.pid)
        return program

    def _watch(self, program: "subprocess.Popen[bytes]") -> int:
        stop_signal = signal.Signals[self.specification["stop_signal"]]
        deadline: float | None = None
        address = self.specification.get("alive")
        liveness = Liveness(address, Bounds(**self.specification["bounds"])) if address else None
        while True:
            code = _reap(program.pid)
            if code is not None:
                program.returncode = code
                return code if code >= 0 else 128 - code
            if deadline is None and self._should_stop():
                deadline = time.monotonic() + self.specification["stop_seconds"]
                os.kill(program.pid, stop_signal)
            elif deadline is None and liveness is not None and (complaint := liveness.complaint):
                count = count_hang(Path(self.specification["hangs_file"])).count
                print(f"guard: {complaint}: it hangs (number {count}) and is started anew", flush=True)  # noqa: T201
                # What was stopped (SIGSTOP) hears nothing but SIGKILL, which follows.
                deadline = time.monotonic() + min(self.specification["stop_seconds"], _HUNG_STOP_SECONDS)
                os.kill(program.pid, stop_signal)
            elif deadline is not None and time.monotonic() > deadline:
                os.killpg(program.pid, signal.SIGKILL)
            time.sleep(_POLL_SECONDS)


def answers(address: str) -> bool:
    """True if ``tcp://host:port`` accepts a connection, or an ``http://`` address answers below 400."""
    parts = urlsplit(address)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    try:
        if parts.scheme == "tcp":
            socket.create_connection((host, port), timeout=2).close()
            return True
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", parts.path or "/")
            return connection.getresponse().status < 400
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return False


def _adopt_orphans() -> None:
    """Become the parent of orphans below (Linux only; elsewhere their mark finds them)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap(pid: int) -> int | None:
    """Collect every ended child; the exit code of ``pid`` once it is among them (negative: a signal)."""
    code = None
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if ended == 0:
            return code
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(Guard(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))).run())
