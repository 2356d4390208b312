"""GitHub's workflows call what is there. Nothing here can run them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import REPOSITORY
from tests.deploy.test_kubernetes import OURS

WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yaml"))
TARGETS = {
    target
    for makefile in [REPOSITORY / "Makefile", *(REPOSITORY / "make").glob("*.mk")]
    for target in re.findall(r"^([a-z-]+):", makefile.read_text(), re.M)
}


def read(workflow: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(workflow.read_text())
    return found


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_targets_that_exist_and_asks_for_little(workflow: Path) -> None:
    described = read(workflow)
    assert described["permissions"] == {"contents": "read"}
    for job in described["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            for target in re.findall(r"\bmake ([a-z-]+)", step.get("run", "")):
                assert target in TARGETS, target
            if "uses" in step:
                assert re.fullmatch(r"[a-z-]+/[a-z-]+@v\d+", step["uses"]), step["uses"]


def test_the_images_of_a_release_are_all_ours() -> None:
    matrix = read(REPOSITORY / ".github/workflows/images.yaml")["jobs"]["image"]["strategy"]["matrix"]
    assert set(matrix["image"]) == OURS
