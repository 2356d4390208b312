"""Each image holds every package its programs import: its lock is all there is, unlike in the tests' environment."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "data-service": ["readmission.cli", "readmission.services.data_service"],
    "inference-service": [
        "readmission.cli",
        "readmission.services.inference_service",
        "readmission.services.metrics_exporter",
    ],
    "pipeline": ["readmission.cli", "readmission.pipeline", "readmission.learning"],
    "mlflow": ["readmission.cli", "readmission.services.mlflow_server"],
    "ui": ["readmission.cli", "readmission.services.ui"],
    "load-tests": ["load_tests"],
}
"""What each image runs, with all modules below it."""

IMPORT = """
import importlib, importlib.abc, pkgutil, re, sys
from importlib import metadata

lock, *programs = sys.argv[1:]
plain = lambda name: re.sub(r"[-_.]+", "-", name).lower()
held = {plain(line.split("==")[0].split("[")[0]) for line in open(lock) if re.match(r"[A-Za-z0-9].*==", line)}
owners = {top: {plain(name) for name in names} for top, names in metadata.packages_distributions().items()}


class OnlyTheLock(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        owned = owners.get(name.partition(".")[0], set()) - {"readmission"}
        if owned and not owned & held:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, OnlyTheLock())
for program in programs:
    package = importlib.import_module(program)
    for found in pkgutil.walk_packages(package.__path__, program + "."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
"""


@pytest.mark.parametrize("image", PROGRAMS)
def test_its_programs_start_with_its_lock_alone(image: str) -> None:
    lock = f"requirements/{image}.txt"
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, lock, *PROGRAMS[image]],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1500:]
