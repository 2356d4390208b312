"""docs/reference/dags.md: every DAG, its tasks and what links them, as Airflow reads them."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_FIRST = ("create_tables", "fetch_and_store_diabetes_data", "diabetes_etl", "diabetes_model_pipeline")


def _describe() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, str(_ROOT / "scripts" / "describe_dags.py"), str(_ROOT / "dags")],
            env=os.environ | {"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
            capture_output=True,
            text=True,
            check=True,
        )
    return dict(json.loads(done.stdout.splitlines()[-1])["dags"])


def _in_order(tasks: dict[str, Any]) -> list[str]:
    """Task ids, each after those it waits for."""
    waiting = {name: {other for other, task in tasks.items() if name in task["downstream"]} for name in tasks}
    order: list[str] = []
    while waiting:
        ready = sorted(name for name, others in waiting.items() if others <= set(order))
        order += ready
        waiting = {name: others for name, others in waiting.items() if name not in ready}
    return order


def _section(dag_id: str, dag: dict[str, Any]) -> list[str]:
    starts = f"when `{'` or `'.join(dag['schedule'])}` is announced" if dag["schedule"] else "by hand, or by `make up`"
    if dag["clock"]:
        starts += f", and by the clock (`{dag['clock']}`, UTC)"
    rows = []
    for name in _in_order(dag["tasks"]):
        task = dag["tasks"][name]
        once = "one for each item listed before" if task["mapped"] else "one"
        rows.append(f"| `{name}` | {once} | `{task['command']}` | {', '.join(f'`{a}`' for a in task['outlets'])} |")
    table = ["| task | how many | command | announces |", "|---|---|---|---|", *rows]
    return [f"## {dag_id}", "", dag["doc"].strip(), "", f"Starts {starts}.", "", *table, ""]


def render() -> str:
    """The page as Markdown."""
    dags = _describe()
    order = [*(d for d in _FIRST if d in dags), *sorted(set(dags) - set(_FIRST))]
    lines = [
        "# DAGs",
        "",
        "Every task runs one verb of the command line and can be run by hand the same way. Each is tried four times in "
        "all, a few seconds apart, and every one may be repeated: it adds nothing twice. Tasks of one DAG that run "
        "side by side: `READMISSION_TASKS_AT_ONCE` (2).",
        "",
        "```",
        " -> ".join(d for d in _FIRST if d in dags),
        "```",
        "",
    ]
    for dag_id in order:
        lines += _section(dag_id, dags[dag_id])
    return "\n".join(lines)
