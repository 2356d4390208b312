"""Checks before the start: each failure names what is wrong and what to change."""

import os
import socket
from pathlib import Path

import pytest

from readmission.errors import PlatformError
from readmission.local.programs.program import Program
from readmission.local.state.folder import StateFolder
from readmission.local.supervise import checks


def test_a_port_in_use_is_named_with_its_setting_and_holder() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        program = Program("mlflow", (), "", port=port, port_setting="READMISSION_PORTS__MLFLOW")
        with pytest.raises(PlatformError) as raised:
            checks.check_ports([program])
    assert f"port {port} (mlflow) is in use" in raised.value.message
    assert "READMISSION_PORTS__MLFLOW" in raised.value.message
    if os.uname().sysname == "Linux":
        assert f"pid {os.getpid()}" in raised.value.message
    checks.check_ports([program])  # free again


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_NEEDED_MIB", 10**12)
    with pytest.raises(PlatformError, match=r"only \d+ MiB are free for .*: make room"):
        checks.check_machine(StateFolder.open(tmp_path / "state"))


def test_an_old_python_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 9, 0))
    with pytest.raises(PlatformError, match=r"Python 3\.9 runs; 3\.11 or 3\.12 is needed"):
        checks.check_machine(StateFolder.open(tmp_path / "state"))


def test_a_state_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlatformError, match="cannot make the state folder"):
        StateFolder.open(tmp_path / "file" / "state")


def test_two_commands_never_change_a_platform_at_once(tmp_path: Path) -> None:
    folder = StateFolder.open(tmp_path / "state")
    with folder.locked(), pytest.raises(PlatformError, match="another `up` or `down`"), folder.locked():
        pass
    with folder.locked():
        pass
