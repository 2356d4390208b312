"""Every verb that prints a result prints a table for a person, and one line of JSON for a program that asks."""

import json
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from readmission.cli import app, register_verbs
from readmission.cli._app import print_summary

register_verbs()

DOCUMENTS = {"card"}
"""Prints a document."""
RUNS = {"up", "run-chain", "down", "clean", "logs", "psql", "expose"}
"""Shows progress, or hands the terminal to another program, and says by its exit code how it went."""
KEYS = {"make-key"}
"""Prints the key alone, for `$(...)`."""


def verbs(group: TyperGroup, path: str = "") -> Iterator[tuple[str, object]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from verbs(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def test_every_verb_with_a_result_takes_json() -> None:
    group = typer.main.get_group(app)
    without = {
        name
        for name, command in verbs(group)
        if not name.startswith("serve ")
        and "--json" not in {option for parameter in getattr(command, "params", ()) for option in parameter.opts}
    }
    assert without <= DOCUMENTS | RUNS | KEYS


def test_a_table_by_default_and_json_when_asked() -> None:
    run = CliRunner()
    said = run.invoke(app, ["list-candidates"]).stdout
    assert "lightgbm" in said
    assert not said.lstrip().startswith("{")
    asked = run.invoke(app, ["list-candidates", "--json"]).stdout
    assert {"candidate": "lightgbm"} in json.loads(asked)["candidates"]


def test_the_table_names_what_is_inside_and_lists_records(capsys: pytest.CaptureFixture[str]) -> None:
    summary = {
        "decision": "promoted", "rows": 61059, "new": True, "champion": None, "threshold": 0.123456,
        "best": {"log_loss": 0.51}, "batches": [{"split": "train", "number": 0}, {"split": "test", "number": 1}],
    }  # fmt: skip
    print_summary(summary, as_json=False)
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    table = [" ".join(line).split() for line in lines]
    assert ["rows", "61,059"] in table
    assert ["new", "yes"] in table
    assert ["champion", "-"] in table
    assert ["threshold", "0.1235"] in table
    assert ["best.log", "loss", "0.51"] in table
    assert ["split", "number"] in table
    assert ["test", "1"] in table
