"""A short load test for real: a service, PostgreSQL, Locust with two worker processes."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from load_tests.prove_stored import prove_stored
from tests.browser.conftest import inference, own_postgres, registry
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import SOURCE, Service

__all__ = ["inference", "own_postgres", "registry"]
ROOT = Path(__file__).parents[2]


def test_a_run_counts_right_answers_and_proves_them_stored(
    inference: Service, own_postgres: RunningPostgres, tmp_path: Path
) -> None:
    reader = own_postgres.url("readmission_reader").get_secret_value()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")},
        "PYTHONPATH": f"{SOURCE}{os.pathsep}{ROOT}",
        "READMISSION_STATE_DIR": str(tmp_path),
        "READMISSION_INFERENCE_SERVICE__URL": inference.url,
        "READMISSION_SERVING_DATABASE__READER_URL": reader,
        # How fast is not asked here, only whether the answers are right.
        "READMISSION_LOAD_THRESHOLDS": "error_ratio=0",
    }
    folder = tmp_path / "results"
    command = [sys.executable, "-m", "load_tests.run", "--users", "20", "--time", "8s", "--results", str(folder)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "| acknowledged predictions lost | 0 of " in run.stdout
    for name in ("report.html", "load_stats.csv", "load.png", "table.md"):
        assert (folder / name).stat().st_size > 0, name

    proof = prove_stored(folder, reader)
    assert proof.holds
    with (folder / "acknowledged-0.csv").open("w") as file:
        file.write("01980c5e-7b7a-7cc3-98c4-dc0c0c07398f,1,0.5\n")
    assert prove_stored(folder, reader).missing == 1, "an answer that is not stored is found"
    with psycopg.connect(reader) as connection:
        row = connection.execute("SELECT prediction_id, encounter_id, risk_30d FROM serving.predictions").fetchone()
    assert row is not None
    (folder / "acknowledged-0.csv").write_text(f"{row[0]},{row[1] or 0},{row[2] + 0.001}\n")
    assert prove_stored(folder, reader).different == 1, "an answer stored with another risk is found"
