"""Real parts, stopped in their tracks (SIGSTOP) under the real supervisor: each is started anew, and answers."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest

from readmission.local.processes.guard import answers
from readmission.local.processes.liveness import is_alive, read_hangs
from readmission.local.programs import declare as programs
from readmission.local.programs import postgres
from readmission.local.programs.program import Platform
from readmission.local.start import describe, make_buckets, superuser_url
from readmission.local.supervise import supervisor as supervision
from readmission.settings import DataServiceSettings, PortSettings, Settings
from readmission.storage.postgres import databases
from tests.conftest import free_port

NAMES = ("postgres", "s3", "data-service")


def poll(found: Callable[[], object], what: Callable[[], str], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


@dataclass(frozen=True)
class Supervised:
    """Three parts of a platform, supervised; hung is what says nothing for two seconds."""

    platform: Platform

    def pid(self, name: str) -> int:
        noted = json.loads((self.platform.folder.run / f"{name}.pid").read_text())
        return int(noted["pid"])

    def log(self, name: str) -> str:
        return supervision.log_file(self.platform.folder, name).read_text(errors="replace")[-3000:]

    def hangs(self, name: str) -> int:
        return read_hangs(programs.hangs_file(self.platform.folder, name)).count


@pytest.fixture(scope="module")
def supervised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervised]:
    root = tmp_path_factory.mktemp("hangs")
    ports = PortSettings(postgres=free_port(), s3=free_port(), mlflow=free_port())
    data_service = DataServiceSettings(port=free_port())
    settings = Settings(state_dir=root, dataset="synthetic", synthetic_rows=500, ports=ports, data_service=data_service)
    platform = describe(settings)
    make_buckets(platform)
    declared = [program for program in programs.declare(platform) if program.name in NAMES]
    files = programs.write_files(declared, platform)
    for file in files.values():
        specification = json.loads(file.read_text())
        specification["bounds"] = {
            "every_seconds": 0.5, "timeout_seconds": 2.0, "failures": 3, "silent_seconds": 5.0,
        }  # fmt: skip
        file.write_text(json.dumps(specification))
    postgres.initialise(platform.cluster, platform.secrets["postgres"])
    supervision.start(platform.folder, supervision.write_configuration(platform.folder, declared, files))
    made = Supervised(platform)
    try:
        supervision.start_programs(platform.folder, list(NAMES))
        for program in declared:
            poll(partial(answers, program.ready), partial(made.log, program.name))
            poll(partial(is_alive, program.alive, 5), partial(made.log, program.name))
        yield made
    finally:
        for name in NAMES:
            _continue(made, name)
        supervision.stop(platform.folder)
        postgres.remove_cluster(platform.cluster)


def _continue(made: Supervised, name: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # it has ended
        os.kill(made.pid(name), signal.SIGCONT)


@pytest.mark.parametrize("name", NAMES)
def test_a_part_that_is_stopped_is_started_anew_and_answers(supervised: Supervised, name: str) -> None:
    program = next(found for found in programs.declare(supervised.platform) if found.name == name)
    before, counted = supervised.pid(name), supervised.hangs(name)
    poll(lambda: is_alive(program.alive, 5), lambda: supervised.log(name))
    time.sleep(1.5)  # the guard has seen it answer
    main = psutil.Process(before)
    # The data service answers from a worker; its main process looks well while the worker hangs.
    for process in main.children(recursive=True) if name == "data-service" else [main]:
        process.suspend()
    poll(lambda: supervised.hangs(name) > counted, lambda: supervised.log(name))
    poll(lambda: _is_anew(supervised, name, before) and answers(program.ready), lambda: supervised.log(name))
    assert "it hangs" in supervised.log(name)


def _is_anew(supervised: Supervised, name: str, before: int) -> bool:
    try:
        return supervised.pid(name) != before
    except (OSError, ValueError):
        return False  # between two lives


def test_postgresql_keeps_what_was_committed_before_it_hung(supervised: Supervised) -> None:
    platform = supervised.platform
    poll(lambda: _accepts(platform), lambda: supervised.log("postgres"))
    databases.create_roles_and_databases(superuser_url(platform), platform.secrets)
    with psycopg.connect(superuser_url(platform), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    before, counted = supervised.pid("postgres"), supervised.hangs("postgres")
    os.kill(before, signal.SIGSTOP)
    poll(lambda: supervised.hangs("postgres") > counted, lambda: supervised.log("postgres"))
    poll(lambda: _is_anew(supervised, "postgres", before) and _accepts(platform), lambda: supervised.log("postgres"))
    with psycopg.connect(superuser_url(platform)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
    assert Path(platform.folder.run / "postgres.hangs.json").is_file()


def _accepts(platform: Platform) -> bool:
    try:
        psycopg.connect(superuser_url(platform), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
