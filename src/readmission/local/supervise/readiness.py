"""Wait until programs answer, and say which one does not, and why."""

import time

from readmission.clients.airflow import AirflowClient
from readmission.errors import PlatformError
from readmission.local.processes.guard import answers
from readmission.local.programs.program import Program
from readmission.local.stages import Stages
from readmission.local.state.folder import StateFolder
from readmission.local.supervise import supervisor as supervision


def ready_names(programs: list[Program], airflow: AirflowClient) -> set[str]:
    """Names of the programs that answer now."""
    health = airflow.health() if any(program.airflow_part for program in programs) else {}
    ready = set()
    for program in programs:
        if program.airflow_part:
            if health.get(program.airflow_part) == "healthy":
                ready.add(program.name)
        elif answers(program.ready):
            ready.add(program.name)
    return ready


def wait_for(programs: list[Program], folder: StateFolder, airflow: AirflowClient, stages: Stages, title: str) -> None:
    """Wait until every program answers.

    Raises:
        PlatformError: one gave up or does not answer within three minutes; the message names its log.
    """
    deadline = time.monotonic() + 180
    waiting = list(programs)
    with stages.stage(title, total=len(programs)) as bar:
        while True:
            ready = ready_names(waiting, airflow)
            waiting = [program for program in waiting if program.name not in ready]
            names = ", ".join(program.name for program in waiting)
            bar.advance_to(len(programs) - len(waiting), len(programs), f"waiting for {names}" if names else "")
            if not waiting:
                return
            states = supervision.states(folder)
            for program in waiting:
                if states[program.name]["statename"] == "FATAL":
                    raise PlatformError(f"{program.name} does not start: {last_words(folder, program.name)}")
            if time.monotonic() > deadline:
                name = waiting[0].name
                raise PlatformError(f"{name} is not ready after 180 s: {last_words(folder, name)}")
            time.sleep(0.3)


def last_words(folder: StateFolder, name: str) -> str:
    """The last line of a part's log, and where the log is."""
    path = supervision.log_file(folder, name)
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return f"{lines[-1][:300] if lines else 'it said nothing'} (log: {path})"
