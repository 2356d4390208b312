"""Run DAGs one after the other with `dag.test()`, in this process, and print every task's state as JSON."""

import json
import sys
from collections import defaultdict
from pathlib import Path

from airflow.dag_processing.dagbag import BundleDagBag


def run(folder: Path, dag_ids: list[str]) -> dict[str, dict[str, list[str]]]:
    bag = BundleDagBag(folder, bundle_path=folder, bundle_name="dags-folder")
    states: dict[str, dict[str, list[str]]] = {}
    for dag_id in dag_ids:
        finished = bag.dags[dag_id].test()
        by_task = defaultdict(list)
        for instance in finished.get_task_instances():
            by_task[instance.task_id].append(str(instance.state))
        states[dag_id] = dict(by_task)
    return states


if __name__ == "__main__":
    result = json.dumps(run(Path(sys.argv[1]), sys.argv[2:]))
    sys.stdout.write("\n" + result + "\n")
