"""The first run of a deployment: wait for Airflow, run the chain and follow it, wait for the champion."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from readmission.clients.airflow import AirflowClient
from readmission.errors import ConfigurationError, PlatformError
from readmission.local import chain
from readmission.local.programs.environment import read_env_file
from readmission.local.stages import Stages

_AIRFLOW_SECONDS = 900
_CHAMPION_SECONDS = 300
_LOOK_SECONDS = 1.0


def read_keys(folder: Path) -> tuple[str, str]:
    """Airflow's password and the operator's API key of a folder of `readmission make-secrets`.

    Raises:
        ConfigurationError: the folder holds none.
    """
    kept, operator = folder / "all.json", folder / "operator.env"
    if not (kept.is_file() and operator.is_file()):
        raise ConfigurationError(f"{folder} holds no keys: expected the folder of `readmission make-secrets`")
    password: str = json.loads(kept.read_text(encoding="utf-8"))["airflow_admin"]
    return password, read_env_file(operator)["READMISSION_INFERENCE_SERVICE__API_KEY"]


def run_first_chain(airflow: AirflowClient, service: str, stages: Stages, *, again: bool = False) -> bool:
    """Run the chain of a deployment that has just been started; follow it until a champion answers.

    A run in progress is followed, one that failed is started anew, one that ended well is not repeated.

    Args:
        airflow: the deployment's Airflow.
        service: URL of its inference service.
        stages: shows the bars.
        again: run it even if it has ended well before.

    Returns:
        False if the chain had run before.

    Raises:
        PlatformError: Airflow or the champion is not there in time, or a DAG failed; the message names DAG and task.
    """
    dag_ids = list(chain.CHAIN)
    with stages.stage("Airflow"):
        _wait(lambda: airflow.health().get("scheduler") == "healthy", _AIRFLOW_SECONDS, "Airflow's scheduler")
    chain.wait_until_read(airflow, dag_ids)
    last = chain.find_last(airflow, dag_ids)
    ran = again or not last.done
    if ran:
        if not last.in_progress:
            airflow.trigger(dag_ids[0])
        chain.follow(airflow, None, dag_ids, stages)
    with stages.stage("champion"):
        _wait(lambda: _is_ready(service), _CHAMPION_SECONDS, f"a champion at {service}")
    return ran


def _is_ready(service: str) -> bool:
    try:
        return httpx.get(f"{service}/readyz", timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _wait(found: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            raise PlatformError(f"{what} did not answer within {seconds:.0f} s: see its container's log")
        time.sleep(_LOOK_SECONDS)
