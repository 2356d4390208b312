"""Before the load: every encounter of the pool asked alone, to know its risks."""

import json
import os
from pathlib import Path
from typing import Any

from load_tests.encounters import pool
from readmission.client import InferenceClient, Retries

FILE = "known-risks.json"
API_KEY = os.environ.get("READMISSION_INFERENCE_SERVICE__API_KEY", "")


def ask_alone(host: str) -> list[dict[str, Any]]:
    """The answer to each encounter of the pool, one request after the other.

    Raises:
        ReadmissionError: the service does not answer, has no model to answer with, or refuses the key.
    """
    once = Retries(attempts=1)
    with InferenceClient(host, API_KEY or None, retries=once, idempotent=False, timeout_seconds=30) as client:
        return [client.predict(encounter).model_dump(mode="json") for encounter in pool()]


def write_known(folder: Path, answers: list[dict[str, Any]]) -> None:
    """For the workers of this machine, so that none of them asks again within the run's time."""
    (folder / FILE).write_text(json.dumps(answers), encoding="utf-8")


def read_known(folder: Path) -> list[dict[str, Any]] | None:
    """What the leading process learnt; None in a worker without its folder."""
    file = folder / FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
