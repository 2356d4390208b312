"""How a fixture ends a service it started."""

import contextlib
import os
import signal
import subprocess


def end_service(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and its workers at once.

    While branches are measured (`make coverage`) they are asked to stop first: a killed process takes its figures
    with it.
    """
    if "COVERAGE_PROCESS_CONFIG" in os.environ and process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
