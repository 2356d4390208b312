"""What runs: each part's state, pid, readiness, address and age."""

from dataclasses import dataclass, field

from readmission.clients.airflow import AirflowClient
from readmission.local.processes.liveness import Hangs, read_hangs
from readmission.local.programs.declare import hangs_file
from readmission.local.programs.program import Platform, Program
from readmission.local.start import dags_of
from readmission.local.supervise import readiness
from readmission.local.supervise import supervisor as supervision


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part; ``uptime_seconds`` is None if it does not run.

    ``waits_for_dag``: it can only be ready after a DAG that is not among the DAG files. ``hangs``: how often its guard
    started it anew since it no longer answered.
    """

    name: str
    state: str
    pid: int | None
    ready: bool
    waits_for_dag: bool
    url: str
    uptime_seconds: int | None
    hangs: Hangs = field(default_factory=Hangs)


def look(platform: Platform, parts: list[Program]) -> list[PartStatus]:
    """The state of every part; all ``stopped`` if the supervisor does not run."""
    if not supervision.running(platform.folder):
        return [PartStatus(part.name, "stopped", None, False, False, part.url, None) for part in parts]
    states = supervision.states(platform.folder)
    with AirflowClient.open(platform.settings.ports.airflow, platform.secrets["airflow_admin"]) as airflow:
        ready = readiness.ready_names(parts, airflow)
    found = []
    for part in parts:
        state = states.get(part.name, {})
        runs = state.get("statename") == "RUNNING"
        found.append(
            PartStatus(
                part.name,
                str(state.get("statename", "stopped")).lower(),
                state["pid"] if runs else None,
                runs and part.name in ready,
                runs and bool(part.after_dag) and part.after_dag not in dags_of(platform),
                part.url,
                state["now"] - state["start"] if runs else None,
                read_hangs(hangs_file(platform.folder, part.name)),
            )
        )
    return found
