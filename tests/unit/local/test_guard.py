"""The guard against real processes: what it starts ends with it, and nothing else does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from readmission.local.processes import owned as processes
from readmission.local.processes.guard import answers
from readmission.local.processes.liveness import read_hangs
from tests.conftest import free_port

GUARD = [sys.executable, "-m", "readmission.local.processes.guard"]


def poll(found: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"timed out: {what}"
        time.sleep(0.02)
    return value


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Bench:
    """Guards of one test, each with a small Python program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []

    def specification(self, program: str, **changed: Any) -> Path:
        environment = {
            "PATH": os.environ["PATH"],
            processes.FOLDER_MARK: str(self.folder),
            processes.PROGRAM_MARK: "program",
        }
        values = {
            "command": [sys.executable, "-c", program],
            "environment": environment,
            "folder": str(self.folder),
            "waits_for": [],
            "stop_signal": "SIGTERM",
            "stop_seconds": 5,
            "user": None,
            "pid_file": str(self.folder / "program.pid"),
        }
        path = self.folder / "program.json"
        path.write_text(json.dumps(values | changed))
        return path

    def start(self, specification: Path) -> "subprocess.Popen[bytes]":
        guard = subprocess.Popen([*GUARD, str(specification)])
        self.started.append(guard)
        return guard

    def pid_in(self, name: str) -> int:
        path = self.folder / name
        return int(poll(lambda: path.is_file() and path.read_text().strip(), f"{name} written"))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    for guard in made.started:
        guard.kill()
        guard.wait()
    processes.end(processes.marked(tmp_path))


SLEEPS = "import os, time; open('pid.part', 'w').write(str(os.getpid())); os.rename('pid.part', 'pid'); time.sleep(300)"
# A grandchild in a session of its own, whose parent has ended: nothing but mark or adoption leads to it.
LEAVES_ORPHAN = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", '''
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {SLEEPS!r}], start_new_session=True)
'''])
"""


def test_sweeps_the_orphans_a_program_leaves(bench: Bench) -> None:
    guard = bench.start(bench.specification(LEAVES_ORPHAN + "\nimport os\nwhile not os.path.exists('pid'): pass"))
    orphan = bench.pid_in("pid")
    assert guard.wait(20) == 0
    assert not alive(orphan)


def test_gives_the_programs_exit_code(bench: Bench) -> None:
    assert bench.start(bench.specification("raise SystemExit(7)")).wait(20) == 7


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_forwards_the_stop_signal_a_program_wants(bench: Bench, name: str) -> None:
    program = (
        "import signal, sys\n"
        f"signal.signal(signal.{name}, lambda *_: (open('stopped', 'w').write('cleanly'), sys.exit(3)))\n" + SLEEPS
    )
    guard = bench.start(bench.specification(program, stop_signal=name))
    bench.pid_in("pid")
    guard.send_signal(signal.SIGTERM)
    assert guard.wait(20) == 3
    assert (bench.folder / "stopped").read_text() == "cleanly"


def test_kills_a_program_that_does_not_stop(bench: Bench) -> None:
    program = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPS
    guard = bench.start(bench.specification(program, stop_seconds=0))
    pid = bench.pid_in("pid")
    guard.send_signal(signal.SIGTERM)
    assert guard.wait(20) == 128 + signal.SIGKILL
    assert not alive(pid)


def test_stops_when_its_parent_has_died(bench: Bench) -> None:
    specification = bench.specification(SLEEPS)
    parent = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])", *GUARD, str(specification)]
    )
    pid = bench.pid_in("pid")
    parent.kill()
    parent.wait()
    poll(lambda: not alive(pid), "the program ended with its guard's parent")


def test_sweeps_what_a_killed_guard_left(bench: Bench) -> None:
    first = bench.start(bench.specification(LEAVES_ORPHAN + "\nimport time; time.sleep(300)"))
    orphan = bench.pid_in("pid")
    program = json.loads((bench.folder / "program.pid").read_text())["pid"]
    first.kill()
    first.wait()
    assert alive(orphan)
    assert alive(program)
    (bench.folder / "pid").unlink()
    second = bench.start(bench.specification(SLEEPS))
    assert bench.pid_in("pid") not in (orphan, program)
    assert not alive(orphan)
    assert not alive(program)
    second.send_signal(signal.SIGTERM)
    second.wait(20)


def test_never_ends_an_innocent_process_with_a_reused_pid(bench: Bench) -> None:
    innocent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    try:
        started = psutil.Process(innocent.pid).create_time() - 3600
        (bench.folder / "program.pid").write_text(json.dumps({"pid": innocent.pid, "started": started}))
        assert bench.start(bench.specification("pass")).wait(20) == 0
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_waits_for_what_the_program_needs(bench: Bench) -> None:
    with socket.socket() as needed:
        needed.bind(("127.0.0.1", 0))  # bound, not listening: refused
        address = f"tcp://127.0.0.1:{needed.getsockname()[1]}"
        guard = subprocess.Popen(
            [*GUARD, str(bench.specification(SLEEPS, waits_for=[address]))], stdout=subprocess.PIPE, text=True
        )
        assert guard.stdout is not None
        assert address in guard.stdout.readline()
        assert not (bench.folder / "pid").exists()
        needed.listen()
        bench.pid_in("pid")
        guard.send_signal(signal.SIGTERM)
        guard.wait(20)
        guard.stdout.close()


def test_can_be_stopped_while_it_waits(bench: Bench) -> None:
    with socket.socket() as needed:
        needed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{needed.getsockname()[1]}"
        guard = subprocess.Popen(
            [*GUARD, str(bench.specification(SLEEPS, waits_for=[address]))], stdout=subprocess.PIPE, text=True
        )
        assert guard.stdout is not None
        assert address in guard.stdout.readline()
        guard.send_signal(signal.SIGTERM)
        assert guard.wait(20) == 0
        guard.stdout.close()
    assert not (bench.folder / "pid").exists()


HANGS_WHEN_TOLD = """
import http.server, os, pathlib, sys, time
pathlib.Path('pid').write_text(str(os.getpid()))
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while pathlib.Path('hang').exists():
            time.sleep(.05)
        self.send_response(503)
        self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Answer).serve_forever()
"""
QUICK = {"every_seconds": 0.1, "timeout_seconds": 0.5, "failures": 3, "silent_seconds": 1.0}


def watched(bench: Bench, port: int, **changed: Any) -> Path:
    values = {
        "command": [sys.executable, "-c", HANGS_WHEN_TOLD, str(port)],
        "alive": f"http://127.0.0.1:{port}/",
        "bounds": QUICK,
        "hangs_file": str(bench.folder / "hangs.json"),
    }
    return bench.specification("", **(values | changed))


@pytest.mark.parametrize("how", ["it waits for ever", "it is stopped"])
def test_ends_a_program_that_hangs_and_counts_it(bench: Bench, how: str) -> None:
    for number in (1, 2):
        (bench.folder / "pid").unlink(missing_ok=True)
        port = free_port()
        guard = bench.start(watched(bench, port))
        pid = bench.pid_in("pid")
        poll(partial(answers, f"tcp://127.0.0.1:{port}"), "it answers")
        time.sleep(QUICK["every_seconds"] * 5)
        if how == "it is stopped":
            os.kill(pid, signal.SIGSTOP)
        else:
            (bench.folder / "hang").touch()
        assert guard.wait(timeout=60) != 0
        assert not alive(pid)
        (bench.folder / "hang").unlink(missing_ok=True)
        assert read_hangs(bench.folder / "hangs.json").count == number


@pytest.mark.parametrize("answering", [True, False], ids=["it answers 503", "it never answered"])
def test_leaves_a_program_alone_that_answers_or_never_did(bench: Bench, answering: bool) -> None:
    """503 is an answer; a program that starts slowly is not hung."""
    port = free_port()
    silent = {} if answering else {"command": [sys.executable, "-c", "import time; time.sleep(600)"]}
    guard = bench.start(watched(bench, port, **silent))
    if answering:
        poll(lambda: answers(f"tcp://127.0.0.1:{port}"), "it answers")
    deadline = time.monotonic() + 4 * QUICK["silent_seconds"]
    while time.monotonic() < deadline:
        assert guard.poll() is None
        time.sleep(0.1)
    assert read_hangs(bench.folder / "hangs.json").count == 0
