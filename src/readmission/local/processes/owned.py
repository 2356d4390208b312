"""Find and end what a platform started, and nothing else.

Every program carries two marks in its environment, inherited by whatever it starts: the state folder and the
program's name. A mark is never shared with a stranger, so a reused pid cannot hit an innocent process.
PostgreSQL overwrites its environment; it is known by pid and start time instead.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import psutil

FOLDER_MARK = "PLATFORM_STATE_DIR"
PROGRAM_MARK = "PLATFORM_PROGRAM"


def marked(root: Path, program: str | None = None) -> list[psutil.Process]:
    """Live processes of a state folder (of one program, where named), this one excepted."""
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            environment = process.environ()
            if environment.get(FOLDER_MARK) != str(root) or process.status() == psutil.STATUS_ZOMBIE:
                continue
        except (psutil.Error, OSError):
            continue
        if program is None or environment.get(PROGRAM_MARK) == program:
            found.append(process)
    return found


def remember(pid_file: Path, pid: int) -> None:
    """Write a pid and the moment it started."""
    with contextlib.suppress(psutil.Error):  # it has ended already
        noted = {"pid": pid, "started": psutil.Process(pid).create_time()}
        pid_file.write_text(json.dumps(noted), encoding="utf-8")


def remembered(pid_file: Path) -> list[psutil.Process]:
    """The process a file names with all it started, if that very process still lives."""
    try:
        noted = json.loads(pid_file.read_text(encoding="utf-8"))
        process = psutil.Process(noted["pid"])
        # The clock may be stepped between the two readings.
        if abs(process.create_time() - noted["started"]) > 2 or process.status() == psutil.STATUS_ZOMBIE:
            return []
        return [process, *process.children(recursive=True)]
    except (OSError, ValueError, KeyError, psutil.Error):
        return []


def end(processes: Iterable[psutil.Process], grace_seconds: float = 5.0) -> int:
    """Ask each process to end (TERM), then make it (KILL). Returns how many there were."""
    targets = list(set(processes))
    for process in targets:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(targets, timeout=grace_seconds)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    return len(targets)


def holder_of(port: int) -> str:
    """Who listens on a port, in words; empty if this machine does not tell."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and tuple(connection.laddr)[1:2] == (port,) and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.Error, OSError):
        pass  # macOS tells only root
    return ""
