"""The manifests as kustomize builds them, with secrets made for the occasion in a copy of deploy/."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from readmission.local.deployment.secrets import make_secrets

REPOSITORY = Path(__file__).resolve().parents[2]
Resource = dict[str, Any]


@pytest.fixture(scope="session")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets") / "made"
    make_secrets(folder, "postgres", 5432)
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, secrets_folder: Path) -> dict[str, list[Resource]]:
    """Overlay or combination to its resources."""
    given = os.environ.get("READMISSION_BUILT_MANIFESTS")
    if given:
        return {path.stem: _read(path.read_text()) for path in Path(given).glob("*.yaml") if path.stem != "task-pod"}
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(REPOSITORY / "deploy", copy / "deploy", ignore=shutil.ignore_patterns("*.env.local", "secrets"))
    shutil.copytree(secrets_folder, copy / "deploy/config/secrets")
    shutil.copy(REPOSITORY / "deploy/config/secrets/kustomization.yaml", copy / "deploy/config/secrets")
    kubernetes = copy / "deploy/kubernetes"
    return {
        folder.name: _read(_build(folder)) for part in ("overlays", "tests") for folder in _folders(kubernetes / part)
    }


def _folders(parent: Path) -> Iterator[Path]:
    return (path for path in sorted(parent.iterdir()) if path.is_dir())


def _build(folder: Path) -> str:
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _read(text: str) -> list[Resource]:
    return [resource for resource in yaml.safe_load_all(text) if resource]
