"""Every runbook has commands for the three modes, and what they name is there."""

import re
from pathlib import Path

import pytest
import typer
import yaml

from readmission.cli import app, register_verbs

ROOT = Path(__file__).parents[2]
RUNBOOKS = sorted(page for page in (ROOT / "docs" / "runbooks").glob("*.md") if page.stem != "README")
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text(encoding="utf-8"))["services"]
KINDS = {"Deployment": "deploy", "StatefulSet": "statefulset", "Service": "svc"}
OBJECTS = {
    f"{KINDS[resource['kind']]}/{resource['metadata']['name']}"
    for file in (ROOT / "deploy" / "kubernetes").rglob("*.yaml")
    for resource in yaml.safe_load_all(file.read_text(encoding="utf-8"))
    if resource and resource.get("kind") in KINDS
}
PLACEHOLDERS = {"JOB", "NAME", "POD"}
register_verbs()


def rows(page: Path) -> list[list[str]]:
    """The cells of the page's table of commands."""
    found = page.read_text(encoding="utf-8").partition("| to see | laptop | compose | Kubernetes | expect |")[2]
    lines = [line for line in found.splitlines() if line.startswith("|")][1:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_each_mode_has_commands_and_what_to_expect(page: Path) -> None:
    found = rows(page)
    assert found
    for cells in found:
        assert len(cells) == 5, cells
        assert all(cells), cells


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_what_the_commands_name_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for command in re.findall(r"`\$DC ([^`]*)`", text):
        words = [word for word in command.split()[1:] if not word.startswith("-") and not word.isdigit()]
        assert set(words) <= set(COMPOSE) | PLACEHOLDERS, command
    for named in re.findall(r"(?:deploy|statefulset|svc)/[\w-]+\b(?!/)", text.partition("**Commands.**")[2]):
        assert named in OBJECTS or named.partition("/")[2] in PLACEHOLDERS, named
    for pod in re.findall(r"\b([a-z]+)-0\b", text):
        assert f"statefulset/{pod}" in OBJECTS
    verbs = typer.main.get_group(app).commands
    for verb, options in re.findall(r"`readmission ([a-z-]+)([^`]*)`", text):
        known = {option for parameter in verbs[verb].params for option in parameter.opts}
        assert {word for word in options.split() if word.startswith("--")} <= known, (verb, options)
