"""Load every DAG as Airflow does and print what they are, as JSON. In a process of its own, AIRFLOW_HOME first."""

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import BundleDagBag


def assets_of(timetable: Any) -> list[Any]:
    """Assets a timetable waits for; none if it waits for nothing."""
    condition = getattr(timetable, "asset_condition", None)
    return list(condition.objects) if condition is not None else []


def command_of(task: Any) -> str:
    """What a task runs; one that is mapped holds it among what its copies share."""
    return str(getattr(task, "bash_command", None) or task.partial_kwargs["bash_command"])


def describe(folder: Path) -> dict[str, object]:
    """Import errors by file, and every DAG with its tasks."""
    bag = BundleDagBag(folder, bundle_path=folder, bundle_name="dags")
    return {
        "errors": bag.import_errors,
        "dags": {
            dag_id: {
                "file": Path(dag.fileloc).name,
                "doc": dag.doc_md,
                "catchup": dag.catchup,
                "max_active_runs": dag.max_active_runs,
                "paused_at_first": dag.is_paused_upon_creation,
                "tags": sorted(dag.tags),
                "clock": getattr(getattr(dag.timetable, "timetable", None), "expression", None),
                "schedule": sorted(asset.name for asset in assets_of(dag.timetable)),
                "tasks": {
                    task.task_id: {
                        "command": command_of(task),
                        "retries": task.retries,
                        "owner": task.owner,
                        "mapped": task.is_mapped,
                        "outlets": sorted(asset.name for asset in task.outlets),
                        "downstream": sorted(task.downstream_task_ids),
                    }
                    for task in dag.tasks
                },
            }
            for dag_id, dag in bag.dags.items()
        },
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(describe(Path(sys.argv[1]))) + "\n")
