"""The starter notebook runs from its first cell to the gate's decision."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(300)
def test_it_runs_to_the_gates_decision(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("READMISSION_")}
    environment |= {
        "PYTHONPATH": str(ROOT / "src"),
        "READMISSION_DATASET": "synthetic",
        "READMISSION_SYNTHETIC_ROWS": "2500",
        "READMISSION_STATE_DIR": str(tmp_path / "state"),
    }
    command = [sys.executable, str(ROOT / "notebooks" / "starter.py")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "mine: AUC 0." in done.stdout
    assert "The gate says: " in done.stdout
    assert "risk_30d_ece" in done.stdout
