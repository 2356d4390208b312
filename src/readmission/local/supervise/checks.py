"""What this machine must have before anything starts. Each failure is one line that says what to do."""

import ctypes.util
import shutil
import socket
import sys

from readmission.errors import PlatformError
from readmission.local.processes import owned as processes
from readmission.local.programs.program import Program
from readmission.local.state.folder import StateFolder

_NEEDED_MIB = 2048


def check_machine(folder: StateFolder) -> None:
    """Python, disk and libraries.

    Raises:
        PlatformError: something is missing.
    """
    major, minor = sys.version_info[:2]
    if not (3, 11) <= (major, minor) <= (3, 12):
        raise PlatformError(f"Python {major}.{minor} runs; 3.11 or 3.12 is needed")
    free = shutil.disk_usage(folder.root).free // 2**20
    if free < _NEEDED_MIB:
        raise PlatformError(f"only {free} MiB are free for {folder.root}; {_NEEDED_MIB} MiB are needed: make room")
    if sys.platform == "linux" and ctypes.util.find_library("gomp") is None:
        raise PlatformError("libgomp1 is missing (LightGBM needs it): sudo apt-get install -y libgomp1")


def check_ports(programs: list[Program]) -> None:
    """Every port is free.

    Raises:
        PlatformError: one is taken; the message names the port, its setting, and who holds it if that is known.
    """
    for program in programs:
        if program.port is None or _free(program.port):
            continue
        holder = processes.holder_of(program.port)
        raise PlatformError(
            f"port {program.port} ({program.name}) is in use{' by ' + holder if holder else ''}: "
            f"stop that, or set {program.port_setting} to a free port"
        )


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection that only lingers in TIME_WAIT does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
