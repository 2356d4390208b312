"""What asks nobody stays on loopback, and `expose` lets named networks in, never everybody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from readmission.errors import InvalidInputError
from readmission.local.programs.expose import plan
from readmission.settings import Settings
from readmission.web.key_file import key_line, make_key
from tests.conftest import free_port


@pytest.mark.parametrize("service", ["ui", "metrics-exporter"])
def test_a_key_file_does_not_open_what_asks_nobody(service: str, tmp_path: Path) -> None:
    """Keys belong to the data and inference services: these two never read them."""
    keys = tmp_path / "keys"
    keys.write_text(key_line("clinic", frozenset({"predict"}), make_key()) + "\n")
    name = service.upper().replace("-", "_")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")} | {
        "READMISSION_STATE_DIR": str(tmp_path / "state"),
        "READMISSION_ACCESS__KEYS_FILE": str(keys),
        f"READMISSION_{name}__HOST": "0.0.0.0",
        f"READMISSION_{name}__PORT": str(free_port()),
    }
    command = [sys.executable, "-c", "import sys; from readmission.cli import main; sys.exit(main())", "serve", service]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 2, said
    assert "asks nobody" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "allowed",
    [
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/1"],
        ["10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2"],
        ["0.0.0.0/1"],
        ["192.0.0.0/7"],
    ],
)
def test_networks_that_together_are_everybody_are_refused(allowed: list[str]) -> None:
    with pytest.raises(InvalidInputError, match=r"everybody|/8"):
        plan(Settings(_env_file=None), "airflow", "127.0.0.2", None, allowed, told_twice=False)


@pytest.mark.parametrize("allowed", [["::/1", "8000::/1"], ["2000::/3"], ["fc00::/7"]])
def test_so_are_those_of_ipv6(allowed: list[str]) -> None:
    with pytest.raises(InvalidInputError, match=r"everybody|/16"):
        plan(Settings(_env_file=None), "airflow", "::1", None, allowed, told_twice=False)


def test_neighbours_may_come_together() -> None:
    allowed = ["10.0.0.0/8", "11.0.0.0/8", "192.0.2.0/25", "192.0.2.128/25"]
    exposure = plan(Settings(_env_file=None), "airflow", "127.0.0.2", None, allowed, told_twice=False)
    assert exposure.allowed == ("10.0.0.0/8", "11.0.0.0/8", "192.0.2.0/25", "192.0.2.128/25")
