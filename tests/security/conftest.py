"""The parts under attack, started as the platform starts them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.integration.inference_service.conftest import SOURCE, answers, models, registry, wait_until
from tests.security.doors import data, door, exporter, inference, own_postgres, page, start_inference

__all__ = ["data", "door", "exporter", "inference", "models", "own_postgres", "page", "registry", "start_inference"]


@dataclass(frozen=True)
class LonelyPage:
    """A running page whose other parts are all away."""

    url: str
    state: Path
    inference_port: int
    """Where it expects the inference service; nothing listens there."""


@pytest.fixture(scope="session")
def lonely_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LonelyPage]:
    """The page, started by its own verb."""
    port, inference_port, state = free_port(), free_port(), tmp_path_factory.mktemp("lonely-page")
    log = state / "ui.log"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")},
        "PYTHONPATH": SOURCE,
        "READMISSION_STATE_DIR": str(state),
        "READMISSION_UI__PORT": str(port),
        "READMISSION_INFERENCE_SERVICE__URL": f"http://127.0.0.1:{inference_port}",
        "READMISSION_UI__PROMETHEUS_URL": "http://127.0.0.1:9",
        "READMISSION_AIRFLOW__URL": "http://127.0.0.1:9",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", "from readmission.cli import main; main()", "serve", "ui"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{url}/readyz"), f"the page answers; its log: {log}", 120)
        yield LonelyPage(url, state, inference_port)
    finally:
        process.terminate()
        process.wait(20)
