"""Metrics of a service with several workers: added up over all of them, and right after one is killed."""

import os
import signal
from collections.abc import Callable

import psutil

from tests.integration.inference_service.conftest import Registry, StartService, wait_until
from tests.small_model import SmallModel, made_up_encounters


def read(text: str, name: str) -> float:
    """Sum of a metric's series in an exposition."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.split("{")[0].split(" ")[0] == name)


def test_totals_are_those_of_all_workers_and_never_fall(
    make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]
) -> None:
    registry.make_live("workers", registry.register(models(0.0)))
    service = make_service("workers", READMISSION_INFERENCE_SERVICE__WORKERS="2").start()
    encounters = made_up_encounters(30, seed=8)
    answered = 0

    def predict_all() -> None:
        nonlocal answered
        for encounter in encounters:
            # A connection of its own each time, so that both workers get some; a killed one may drop one.
            answered += service_answers(service.url, encounter)

    def total() -> float:
        return read(service.client.get("/metrics").text, "predict_requests_total")

    predict_all()
    assert answered == len(encounters)
    for _ in range(4):  # whichever worker is asked
        assert total() == answered
    assert service.process is not None
    workers = [child for child in psutil.Process(service.process.pid).children(recursive=True) if is_worker(child)]
    assert len(workers) == 2
    os.kill(workers[0].pid, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(workers[0].pid) or workers[0].status() == "zombie", "the worker is gone")
    predict_all()
    wait_until(lambda: total() == answered, "no prediction of the killed worker is forgotten", 30)
    metrics = service.client.get("/metrics").text
    assert read(metrics, "predict_latency_seconds_count") == answered
    assert read(metrics, "model_live_info") == 1


def service_answers(url: str, encounter: object) -> bool:
    import httpx

    try:
        return httpx.post(f"{url}/predict", json=encounter, timeout=20).status_code == 200
    except httpx.HTTPError:
        return False


def is_worker(process: psutil.Process) -> bool:
    return "spawn_main" in " ".join(process.cmdline()) or "granian" in process.name()
