"""The secrets of a deployment: nobody else on the machine reads them, whatever git or a umask made before."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from readmission.local.deployment.secrets import make_secrets

REPOSITORY = Path(__file__).resolve().parents[2]
MOUNTED = {
    "api-keys", "airflow-passwords.json", "s3-identities.json", "mlflow-metrics-password", "postgres-password",
    "migrate.env", "gate.env", "gate-key.pem", "trusted-keys.pem",
}  # fmt: skip
"""Read inside containers by another user: the folder alone keeps others out."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The folder as git leaves it in a clone: open to everybody, a tracked file in it."""
    folder = tmp_path / "clone/deploy/config/secrets"
    folder.mkdir(parents=True)
    (folder / "kustomization.yaml").write_bytes((REPOSITORY / "deploy/config/secrets/kustomization.yaml").read_bytes())
    for path in (tmp_path, *folder.relative_to(tmp_path).parents):
        (tmp_path / path).chmod(0o755)
    folder.chmod(0o755)
    return folder


def test_a_folder_git_made_is_closed(clone: Path) -> None:
    assert make_secrets(clone, "postgres", 5432)
    assert mode(clone) == 0o700


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        written = make_secrets(tmp_path / "secrets", "postgres", 5432)
    finally:
        os.umask(before)
    assert mode(tmp_path / "secrets") == 0o700
    assert {path.name: mode(path) for path in written if path.name not in MOUNTED} == {
        path.name: 0o600 for path in written if path.name not in MOUNTED
    }


def test_files_of_an_earlier_version_are_closed_too(clone: Path) -> None:
    make_secrets(clone, "postgres", 5432)
    clone.chmod(0o777)
    for path in clone.iterdir():
        path.chmod(0o666)
    assert make_secrets(clone, "postgres", 5432) == []
    assert mode(clone) == 0o700
    for path in clone.iterdir():
        if path.name in {"all.json", "pipeline.env", "airflow.env", "stores.env"}:
            assert mode(path) == 0o600, path.name
        if path.name != "kustomization.yaml":
            assert mode(path) & 0o022 == 0, f"{path.name} can be written by others"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_of_the_machine_reads_none_of_them(clone: Path) -> None:
    make_secrets(clone, "postgres", 5432)
    for path in clone.parents:
        if path == Path("/tmp"):  # where the folders pytest keeps to itself begin
            break
        path.chmod(0o755)
    command = ["cat", *map(str, clone.iterdir())]
    done = subprocess.run(
        command, user=65534, group=65534, extra_groups=[], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.stderr.count("Permission denied") == len(list(clone.iterdir()))
