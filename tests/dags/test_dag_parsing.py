"""Every DAG file is found, thin, documented, repeatable, and runs verbs that exist with options that exist."""

import importlib
import pkgutil
import shlex
from typing import Any

import typer

import readmission.cli
from readmission.cli._app import app
from tests.dags.conftest import DAGS

FILES = sorted(path for path in DAGS.glob("*.py") if path.name not in ("__init__.py", "_tasks.py"))


def tasks_of(dags: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{dag_id}.{task_id}", task) for dag_id, dag in dags.items() for task_id, task in dag["tasks"].items()]


def test_every_file_is_one_dag_of_its_name(dags: dict[str, Any]) -> None:
    assert {dag_id: dag["file"] for dag_id, dag in dags.items()} == {path.stem: path.name for path in FILES}


def test_files_are_thin() -> None:
    assert all(len(path.read_text().splitlines()) < 60 for path in FILES)


def test_every_dag_is_documented_and_repeatable(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        assert len(dag["doc"].strip()) > 40, dag_id
        assert (dag["catchup"], dag["max_active_runs"], dag["paused_at_first"]) == (False, 1, False), dag_id
        assert "readmission" in dag["tags"], dag_id


def test_every_task_retries_and_has_an_owner(dags: dict[str, Any]) -> None:
    for name, task in tasks_of(dags):
        assert (task["retries"], task["owner"]) == (3, "readmission"), name


def test_every_task_runs_the_verb_it_is_named_after_with_options_it_has(dags: dict[str, Any]) -> None:
    for module in pkgutil.iter_modules(readmission.cli.__path__, "readmission.cli."):
        importlib.import_module(module.name)  # each registers its verbs
    verbs = typer.main.get_group(app).commands
    for name, task in tasks_of(dags):
        program, verb, *arguments = shlex.split(task["command"])
        assert program == "readmission"
        assert verb == name.split(".")[1]
        assert verb in verbs, f"{name} runs a verb the command line does not have"
        known = {option for parameter in verbs[verb].params for option in parameter.opts}
        given = {argument for argument in arguments if argument.startswith("--")}
        assert given <= known, name


def test_assets_link_the_chain(dags: dict[str, Any]) -> None:
    made_by = {asset: name.split(".")[0] for name, task in tasks_of(dags) for asset in task["outlets"]}
    follows = {dag_id: [made_by[asset] for asset in dag["schedule"]] for dag_id, dag in dags.items()}
    assert follows["create_tables"] == []
    assert follows["fetch_and_store_diabetes_data"] == ["monitor", "create_tables"]
    assert follows["diabetes_etl"] == ["fetch_and_store_diabetes_data"]
    assert follows["diabetes_model_pipeline"] == ["diabetes_etl", "monitor"]
    assert follows["monitor"] == ["diabetes_model_pipeline"]
    assert dags["monitor"]["clock"] == "*/30 * * * *"


def test_only_a_single_task_announces_an_asset(dags: dict[str, Any]) -> None:
    # A mapped task would announce it once a batch, and start the next DAG as often.
    assert not [name for name, task in tasks_of(dags) if task["mapped"] and task["outlets"]]
