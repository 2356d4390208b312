"""What a repository tells its visitors follows the code: the version to cite, and the checks before a commit."""

import re
import subprocess
import tomllib
from pathlib import Path

import yaml

from readmission import __version__

ROOT = Path(__file__).resolve().parents[2]


def test_the_version_to_cite_is_the_version() -> None:
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == __version__


def test_a_commit_is_checked_by_what_make_check_runs() -> None:
    recipe = re.search(r"^check:.*?\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    lines = recipe[1].replace("$(BIN)/", ".venv/bin/").splitlines()
    wanted = {re.sub(r"( --check)? \.$", "", line.strip()) for line in lines}
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    run = {hook["entry"].removeprefix("env ").removesuffix(" --fix") for hook in hooks}
    assert run == wanted


def test_the_wheel_holds_every_file_of_the_package() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["readmission"]
    tracked = subprocess.run(
        ["git", "ls-files", "src/readmission"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    package = ROOT / "src" / "readmission"
    packed = {path for pattern in (*listed, "**/*.py") for path in package.glob(pattern)}
    assert [name for name in tracked.stdout.splitlines() if ROOT / name not in packed] == []


def test_a_unit_test_lies_in_the_folder_of_its_subject() -> None:
    unit, package = ROOT / "tests" / "unit", ROOT / "src" / "readmission"
    elsewhere = []
    for path in sorted(unit.glob("*/**/test_*.py")):
        room = path.parent.relative_to(unit).as_posix()
        subject = room if (package / room).is_dir() else f"services/{room}"
        name = re.escape(".".join(("readmission", *subject.split("/"))))
        if not re.search(rf"\b{name}\b", path.read_text(encoding="utf-8")):
            elsewhere.append(path.relative_to(ROOT).as_posix())
    assert elsewhere == []
