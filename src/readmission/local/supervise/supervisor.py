"""The supervisor: its configuration, and talking to it over its private socket."""

import contextlib
import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from readmission.errors import PlatformError
from readmission.local.processes import owned as processes
from readmission.local.programs import environment
from readmission.local.programs.program import Program
from readmission.local.state.folder import StateFolder, write_private

_STOP_MARGIN_SECONDS = 10
_ALIVE = frozenset({"STARTING", "RUNNING", "BACKOFF", "STOPPING"})


def write_configuration(folder: StateFolder, programs: list[Program], files: dict[str, Path]) -> Path:
    """Write supervisord.conf. It holds no secret: those are in the guards' files."""
    user = "user=root\n" if os.geteuid() == 0 else ""
    sections = [
        f"[unix_http_server]\nfile={_plain(folder.socket_path())}\nchmod=0700",
        f"[supervisord]\n{user}logfile={_plain(folder.logs / 'supervisord.log')}\n"
        f"pidfile={_plain(folder.supervisor_pid_file)}\ndirectory={_plain(folder.run)}\n"
        f"childlogdir={_plain(folder.logs)}\nminfds=1024\nlogfile_maxbytes=5MB\nlogfile_backups=1",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for program in programs:
        guard = f'"{_plain(sys.executable)}" -m readmission.local.processes.guard "{_plain(files[program.name])}"'
        sections.append(
            f"[program:{program.name}]\ncommand={guard}\nautostart=false\nautorestart=true\nstartsecs=1\n"
            f"startretries=5\npriority={program.stop_order}\nstopsignal=TERM\n"
            f"stopwaitsecs={program.stop_seconds + _STOP_MARGIN_SECONDS}\nredirect_stderr=true\n"
            f"stdout_logfile={_plain(log_file(folder, program.name))}\n"
            "stdout_logfile_maxbytes=10MB\nstdout_logfile_backups=2"
        )
    path = folder.run / "supervisord.conf"
    write_private(path, "\n\n".join(sections) + "\n")
    return path


def log_file(folder: StateFolder, name: str) -> Path:
    """Where a part's output goes."""
    return folder.logs / f"{name}.log"


def start(folder: StateFolder, configuration: Path) -> None:
    """Start the supervisor and wait until it answers.

    Raises:
        PlatformError: it does not; the message names its log.
    """
    marks = {processes.FOLDER_MARK: str(folder.root)}
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
    done = subprocess.run(
        command,
        env=environment.machine_environment() | marks,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder.run,
    )
    deadline = time.monotonic() + 20
    while done.returncode == 0 and time.monotonic() < deadline:
        if running(folder):
            return
        time.sleep(0.05)
    lines = (done.stderr or done.stdout).strip().splitlines()
    raise PlatformError(
        f"the supervisor did not start: {lines[-1] if lines else 'no answer'} (see {folder.logs / 'supervisord.log'})"
    )


def running(folder: StateFolder) -> bool:
    """True if the platform's supervisor answers."""
    try:
        with _calls(folder) as supervisor:
            return bool(supervisor.getState()["statecode"] in (0, 1))
    except (OSError, xmlrpc.client.Error):
        return False


def start_programs(folder: StateFolder, names: list[str]) -> None:
    """Start programs that are not running; their guards wait for what they need."""
    with _calls(folder) as supervisor:
        states = {found["name"]: found["statename"] for found in supervisor.getAllProcessInfo()}
        for name in names:
            if states.get(name) not in ("RUNNING", "STARTING", "BACKOFF"):
                supervisor.startProcess(name, False)


def states(folder: StateFolder) -> dict[str, dict[str, Any]]:
    """Program name to what the supervisor knows (``statename``, ``pid``, ``start``, ``now``, ``spawnerr``)."""
    with _calls(folder) as supervisor:
        return {found["name"]: found for found in supervisor.getAllProcessInfo()}


def stop(folder: StateFolder, timeout_seconds: float = 120) -> None:
    """Stop all programs, the supervisor last, and wait for its end.

    Those of one stop order end side by side; a shutdown alone would have each wait for the one before it.
    """
    with contextlib.suppress(OSError, xmlrpc.client.Error), _calls(folder) as supervisor:
        pid = int(supervisor.getPID())
        deadline = time.monotonic() + timeout_seconds
        programs: dict[int, set[str]] = {}
        for program in supervisor.getAllConfigInfo():
            programs.setdefault(program["process_prio"], set()).add(program["name"])
        for _, names in sorted(programs.items(), reverse=True):
            _stop_side_by_side(supervisor, names, deadline)
        supervisor.shutdown()
        with contextlib.suppress(psutil.Error):
            psutil.wait_procs([psutil.Process(pid)], timeout=timeout_seconds)


def _stop_side_by_side(supervisor: Any, names: set[str], deadline: float) -> None:
    for name in names:
        with contextlib.suppress(xmlrpc.client.Fault):  # it does not run
            supervisor.stopProcess(name, False)
    while time.monotonic() < deadline:
        found = {process["name"]: process["statename"] for process in supervisor.getAllProcessInfo()}
        if not any(found[name] in _ALIVE for name in names):
            return
        time.sleep(0.1)


@contextlib.contextmanager
def _calls(folder: StateFolder) -> Iterator[Any]:
    from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

    transport = SupervisorTransport(None, None, f"unix://{folder.socket_path()}")
    with contextlib.closing(transport):
        yield xmlrpc.client.ServerProxy("http://localhost", transport=transport).supervisor


def _plain(path: object) -> str:
    """A path as the configuration wants it: percent signs doubled."""
    return str(path).replace("%", "%%")
