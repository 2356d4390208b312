"""Short load tests for real: a service, PostgreSQL, Locust with worker processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from load_tests.prove_stored import prove_stored, read_acknowledged
from tests.browser.conftest import inference, own_postgres, registry
from tests.conftest import RunningPostgres, free_port
from tests.integration.inference_service.conftest import SOURCE, Service, answers, wait_until

__all__ = ["inference", "own_postgres", "registry"]
ROOT = Path(__file__).parents[2]
ONLY_RIGHT_ANSWERS = "error_ratio=0"
"""How fast is not asked here."""


@pytest.fixture
def reader(own_postgres: RunningPostgres) -> str:
    return own_postgres.url("readmission_reader").get_secret_value()


@pytest.fixture
def environment(inference: Service, reader: str, tmp_path: Path) -> dict[str, str]:
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")},
        "PYTHONPATH": f"{SOURCE}{os.pathsep}{ROOT}",
        "READMISSION_STATE_DIR": str(tmp_path),
        "READMISSION_INFERENCE_SERVICE__URL": inference.url,
        "READMISSION_SERVING_DATABASE__READER_URL": reader,
        "READMISSION_PORTS__LOCUST": str(free_port()),
        "READMISSION_PORTS__LOAD_TEST_METRICS": str(free_port()),
        "READMISSION_LOAD_THRESHOLDS": ONLY_RIGHT_ANSWERS,
    }


def load(environment: dict[str, str], folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "load_tests.run", "--results", str(folder), *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180, cwd=ROOT)


def test_a_run_counts_right_answers_and_proves_them_stored(
    environment: dict[str, str], reader: str, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    run = load(environment, folder, "--users", "20", "--time", "10s")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "| acknowledged predictions lost | 0 of " in run.stdout
    for name in ("report.html", "load_totals.csv", "load.png", "table.md"):
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


def test_every_scenario_in_a_spike_and_a_bound_that_is_broken(environment: dict[str, str], tmp_path: Path) -> None:
    bounds = {"READMISSION_LOAD_THRESHOLDS": f"{ONLY_RIGHT_ANSWERS}\np99=0.001"}
    options = ["--users", "20", "--time", "10s", "--scenario", "mixed", "--shape", "spike"]
    run = load(environment | bounds, tmp_path / "results", *options)
    said = run.stdout + run.stderr
    assert run.returncode == 1, said
    assert "threshold: p99 is" in said
    assert "threshold: error_ratio" not in said, "all four scenarios were answered right"
    table = (tmp_path / "results" / "load_totals.csv").read_text()
    assert all(name in table for name in ("/predict", "/predict/batch", "/explain", "/outcomes"))
    assert "| failed requests and wrong answers | 0 |" in run.stdout
    assert "| acknowledged predictions lost | 0 of " in run.stdout


@contextmanager
def running(environment: dict[str, str], log: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "load_tests.run", *options],
            env=environment, stdout=output, stderr=output, cwd=ROOT, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def interrupt(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C, and once more to Locust where it goes on; now and then one is lost, why is not known."""
    os.killpg(process.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        return process.wait(40)
    for child in psutil.Process(process.pid).children():
        child.send_signal(signal.SIGINT)
    return process.wait(60)


@pytest.mark.long
def test_the_web_page_with_a_worker_that_joined(environment: dict[str, str], reader: str, tmp_path: Path) -> None:
    folder, log = tmp_path / "results", tmp_path / "master.log"
    web = f"http://127.0.0.1:{environment['READMISSION_PORTS__LOCUST']}"
    metrics = f"http://127.0.0.1:{environment['READMISSION_PORTS__LOAD_TEST_METRICS']}/metrics"
    lead = ["--results", str(folder), "--web", "--listen", "127.0.0.1", "--time", "1h"]
    join = ["--results", str(tmp_path / "elsewhere"), "--join", "127.0.0.1", "--processes", "1"]
    with running(environment, log, *lead) as master:
        wait_until(lambda: answers(web), f"Locust's page answers; its log: {log}", 60)
        with running(environment, tmp_path / "worker.log", *join) as worker:
            wait_until(lambda: len(stats(web)["workers"]) == 1, "the worker joined", 60)
            started = httpx.post(f"{web}/swarm", data={"user_count": 5, "spawn_rate": 5}).json()
            assert started["success"], started
            wait_until(lambda: stats(web)["stats"][-1]["num_requests"] >= 20, "answers are counted", 60)
            shown = httpx.get(metrics).text
            assert "load_test_users 5.0" in shown
            assert 'load_test_latency_seconds_bucket{le="+Inf",name="/predict"}' in shown
            assert interrupt(master) == 0, log.read_text()
            assert worker.wait(60) == 0
    assert "| acknowledged predictions lost | 0 of " in log.read_text()
    assert not (tmp_path / "elsewhere").exists(), "a joined worker keeps nothing on its own disk"
    assert len(list(read_acknowledged(folder))) >= 10
    assert prove_stored(folder, reader).holds


def stats(web: str) -> Any:
    return httpx.get(f"{web}/stats/requests").json()
