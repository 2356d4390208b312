"""The chain of DAGs: start it, follow it, and say where it failed.

One trigger of the first DAG runs all: the others follow by their assets. What a chain is, is what the DAGs
folder holds of :data:`CHAIN`.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readmission.clients.airflow import UNFINISHED, AirflowClient
from readmission.errors import PlatformError
from readmission.local.stages import Stage, Stages
from readmission.local.state.folder import StateFolder

CHAIN = ("create_tables", "fetch_and_store_diabetes_data", "diabetes_etl", "diabetes_model_pipeline")
_FOLLOW_SECONDS = 1.0
_DAGS_SEEN_SECONDS = 120
_NEXT_STARTS_SECONDS = 90
_ENDED_TASKS = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


@dataclass(frozen=True, slots=True)
class ChainRun:
    """The runs of each DAG since the first DAG last started (newest first)."""

    runs: dict[str, list[dict[str, Any]]]

    @property
    def done(self) -> bool:
        """Every DAG has run, and every run ended well."""
        return all(runs and all(run["state"] == "success" for run in runs) for runs in self.runs.values())

    @property
    def in_progress(self) -> bool:
        """Something runs, or waits to run."""
        return any(run["state"] in UNFINISHED for runs in self.runs.values() for run in runs)


def dags_of_chain(dags_dir: Path) -> list[str]:
    """The DAGs of the chain that have a file, in order."""
    return [dag_id for dag_id in CHAIN if (dags_dir / f"{dag_id}.py").is_file()]


def wait_until_read(airflow: AirflowClient, dag_ids: list[str]) -> None:
    """Wait until Airflow has read every DAG, and let each run.

    Raises:
        PlatformError: a DAG file has an error, or is not read in time.
    """
    deadline = time.monotonic() + _DAGS_SEEN_SECONDS
    while missing := set(dag_ids) - airflow.dag_ids():
        if errors := airflow.import_errors():
            raise PlatformError(f"Airflow cannot read a DAG file: {errors[0]}")
        if time.monotonic() > deadline:
            raise PlatformError(f"Airflow has not read {', '.join(sorted(missing))}: see `make logs`")
        time.sleep(0.5)
    for dag_id in dag_ids:
        airflow.unpause(dag_id)


def find_last(airflow: AirflowClient, dag_ids: list[str]) -> ChainRun:
    """The chain's last run, whatever became of it."""
    first = airflow.runs(dag_ids[0], limit=1)
    since = first[0]["run_after"] if first else ""
    found = {dag_ids[0]: first}
    for dag_id in dag_ids[1:]:
        found[dag_id] = [run for run in airflow.runs(dag_id) if first and run["run_after"] >= since]
    return ChainRun(found)


def follow(airflow: AirflowClient, folder: StateFolder | None, dag_ids: list[str], stages: Stages) -> None:
    """Follow the chain's last run to its end, a bar for each DAG.

    Args:
        airflow: asked once a second.
        folder: whose logs a failure names; None if they are not on this machine.
        dag_ids: the chain, in order.
        stages: shows the bars.

    Raises:
        PlatformError: a DAG failed or did not start; the message names DAG, task and log.
    """
    waited_since = time.monotonic()
    for dag_id in dag_ids:
        with stages.stage(dag_id) as bar:
            while True:
                last = find_last(airflow, dag_ids)
                _raise_if_failed(airflow, folder, last)
                runs = last.runs[dag_id]
                if runs:
                    _show(airflow, bar, dag_id, runs)
                    waited_since = time.monotonic()
                    if all(run["state"] == "success" for run in runs):
                        break
                elif time.monotonic() - waited_since > _NEXT_STARTS_SECONDS:
                    log = folder.logs / "airflow-scheduler.log" if folder else "the log of Airflow's scheduler"
                    raise PlatformError(f"{dag_id} did not start: see {log}")
                time.sleep(_FOLLOW_SECONDS)


def _show(airflow: AirflowClient, bar: Stage, dag_id: str, runs: list[dict[str, Any]]) -> None:
    tasks = airflow.tasks(dag_id, runs[0]["dag_run_id"])
    ended = sum(task["state"] in _ENDED_TASKS for task in tasks)
    active = sorted({task["task_id"] for task in tasks if task["state"] == "running"})
    bar.advance_to(ended, max(len(tasks), 1), ", ".join(active))


def _raise_if_failed(airflow: AirflowClient, folder: StateFolder | None, last: ChainRun) -> None:
    for dag_id, runs in last.runs.items():
        for run in runs:
            if run["state"] != "failed":
                continue
            failed = [task for task in airflow.tasks(dag_id, run["dag_run_id"]) if task["state"] == "failed"]
            if not failed:
                raise PlatformError(f"{dag_id} failed: see its run {run['dag_run_id']} in Airflow")
            task = failed[0]
            place = _task_log(folder, dag_id, run["dag_run_id"], task)
            mapped = f" [{task['map_index']}]" if task["map_index"] >= 0 else ""
            raise PlatformError(f"{dag_id} failed at task {task['task_id']}{mapped}: {place}")


def _task_log(folder: StateFolder | None, dag_id: str, run_id: str, task: dict[str, Any]) -> str:
    if folder is None:
        return f"see the task's log in run {run_id} in Airflow"
    place = folder.airflow_home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task['task_id']}"
    if task["map_index"] >= 0:
        place /= f"map_index={task['map_index']}"
    attempt = f"attempt={task['try_number']}.log"
    return f"see {place / attempt}"
