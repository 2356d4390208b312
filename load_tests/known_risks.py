"""Before the load: every encounter of the pool asked alone, to know its risks."""

import json
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from load_tests.encounters import pool
from readmission.contract.api_key import HEADER
from readmission.errors import UnavailableError

FILE = "known-risks.json"
API_KEY = os.environ.get("READMISSION_INFERENCE_SERVICE__API_KEY", "")


def ask_alone(host: str) -> list[dict[str, Any]]:
    """The answer to each encounter of the pool, one request after the other.

    Raises:
        UnavailableError: the service does not answer, or has no model to answer with.
    """
    headers = {"content-type": "application/json"} | ({HEADER: API_KEY} if API_KEY else {})
    answers = []
    for encounter in pool():
        request = urllib.request.Request(  # noqa: S310 - the address under test
            f"{host}/predict", data=json.dumps(encounter).encode(), headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                answers.append(dict(json.load(answer)))
        except urllib.error.HTTPError as error:
            raise UnavailableError(f"the inference service at {host} answers {error.code} before any load") from error
        except OSError as error:
            raise UnavailableError(f"the inference service at {host} does not answer") from error
    return answers


def write_known(folder: Path, answers: list[dict[str, Any]]) -> None:
    """For the workers of this machine, so that none of them asks again within the run's time."""
    (folder / FILE).write_text(json.dumps(answers), encoding="utf-8")


def read_known(folder: Path) -> list[dict[str, Any]] | None:
    """What the leading process learnt; None in a worker without its folder."""
    file = folder / FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
