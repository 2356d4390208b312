"""Steps are named for what they do; the names of the version before still run, hidden, and say that they are old."""

import ast
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from readmission.cli import app, register_verbs

register_verbs()
COMMANDS = typer.main.get_group(app).commands
OLD_NAMES = {"train-candidate": "cross-validate", "evaluate-candidate": "train", "promote-candidate": "promote"}
DAGS = Path(__file__).parents[3] / "dags"


@pytest.mark.parametrize(("old", "new"), OLD_NAMES.items())
def test_an_old_name_is_the_same_verb_hidden_and_deprecated(old: str, new: str) -> None:
    before, now = COMMANDS[old], COMMANDS[new]
    assert [parameter.opts for parameter in before.params] == [parameter.opts for parameter in now.params]
    assert (before.hidden, before.deprecated, now.hidden, now.deprecated) == (True, True, False, False)
    assert before.help == now.help


def test_an_old_name_still_runs_and_warns_on_stderr_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import readmission.pipeline.train as step

    monkeypatch.setattr(step, "train_best_candidate", lambda *_: {"version": "7"})
    run = CliRunner()
    old, new = run.invoke(app, ["evaluate-candidate", "--json"]), run.invoke(app, ["train", "--json"])
    assert old.stdout == new.stdout == '{"version": "7"}\n'
    assert "deprecated" in old.stderr
    assert not new.stderr


def test_no_dag_uses_an_old_name() -> None:
    words = {
        node.value
        for path in DAGS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {"cross-validate", "train", "promote"} <= words
    assert not words & OLD_NAMES.keys()
