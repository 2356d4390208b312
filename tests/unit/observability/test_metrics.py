"""Metrics of several workers: totals add up and never fall, the dead do not count as alive."""

import os
import subprocess
import sys
from pathlib import Path

WORKER = """
import os, sys
from readmission.observability.metrics import data_batches_served_total, data_prepared_rows
data_batches_served_total.labels("train", "csv").inc(int(sys.argv[1]))
data_prepared_rows.labels("train").set(int(sys.argv[2]))
print("ready", flush=True)
sys.stdin.read()
"""
SCRAPE = "from readmission.observability.metrics import render_metrics; print(render_metrics()[0].decode())"
CLEAR = "from readmission.observability.metrics import prepare_multiprocess_dir; prepare_multiprocess_dir()"


def run(code: str, folder: Path) -> str:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def start_worker(folder: Path, batches: int, rows: int) -> "subprocess.Popen[bytes]":
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(batches), str(rows)],
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    return worker


def end(worker: "subprocess.Popen[bytes]") -> None:
    worker.kill()
    worker.communicate()


def test_workers_add_up_and_the_killed_one_is_forgotten(tmp_path: Path) -> None:
    first, second = start_worker(tmp_path, 3, 100), start_worker(tmp_path, 4, 200)
    try:
        both = run(SCRAPE, tmp_path)
        assert 'data_batches_served_total{format="csv",split="train"} 7.0' in both
        assert 'data_prepared_rows{split="train"} 200.0' in both
        second.kill()
        os.waitid(os.P_PID, second.pid, os.WEXITED | os.WNOWAIT)  # a zombie, as under a parent that does not reap
        after = run(SCRAPE, tmp_path)
        assert 'data_batches_served_total{format="csv",split="train"} 7.0' in after
        assert 'data_prepared_rows{split="train"} 100.0' in after
    finally:
        end(first)
        end(second)
    run(CLEAR, tmp_path)
    assert list(tmp_path.glob("*.db")) == []
