"""The registered model is an MLflow model too: its own loader and (long) server give what POST /predict gives."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.examples import EXAMPLES
from tests.conftest import free_port
from tests.integration.inference_service.conftest import SOURCE, Registry, Service, StartService, answers, wait_until
from tests.small_model import SmallModel, made_up_encounters

# MLflow's own type hints, met on importing mlflow.pyfunc.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")
Risks = list[tuple[float, float]]


@pytest.fixture
def encounters() -> list[dict[str, Any]]:
    """Every column named, as a frame has them: None where the value is missing."""
    names = [column.name for column in INPUT_COLUMNS]
    rows = [*EXAMPLES.values(), *made_up_encounters(50, seed=21)]
    return [{name: row.get(name) for name in names} for row in rows]


@pytest.fixture
def version(registry: Registry, models: Callable[[float], SmallModel]) -> str:
    registered = registry.register(models(0.0))
    registry.make_live("pyfunc", registered)
    return registered


@pytest.fixture
def service(make_service: StartService, version: str) -> Service:
    return make_service("pyfunc").start()


def ask_us(service: Service, encounters: list[dict[str, Any]]) -> Risks:
    given = [service.predict({name: value for name, value in row.items() if value is not None}) for row in encounters]
    return [(answer.json()["risk_30d"], answer.json()["risk_any"]) for answer in given]


def test_mlflow_opens_the_version_and_answers_alike(
    service: Service, registry: Registry, encounters: list[dict[str, Any]], version: str, monkeypatch: Any
) -> None:
    for name, value in registry.service_environment.items():
        monkeypatch.setenv(name, value)
    import mlflow
    import pandas as pd

    mlflow.set_tracking_uri(registry.url)
    model = mlflow.pyfunc.load_model(f"models:/readmission/{version}")
    assert model.loader_module == "readmission.model.pyfunc"
    found = model.predict(pd.DataFrame(encounters))
    for risks, ours in zip(found.itertuples(index=False), ask_us(service, encounters), strict=True):
        assert tuple(risks) == pytest.approx(ours, abs=1e-6)


def test_a_version_registered_under_the_older_module_name_still_opens(
    models: Callable[[float], SmallModel], encounters: list[dict[str, Any]]
) -> None:
    import mlflow
    import pandas as pd

    new = models(0.0)
    name, older_name = b"readmission.model.pyfunc", b"readmission.storage.pyfunc_model"
    described = (new.folder / "MLmodel").read_bytes()
    assert name in described
    older = new.with_file("MLmodel", described.replace(name, older_name))
    model = mlflow.pyfunc.load_model(str(older.folder))
    assert model.loader_module == "readmission.storage.pyfunc_model"
    assert len(model.predict(pd.DataFrame(encounters))) == len(encounters)


@contextmanager
def mlflow_server(registry: Registry, version: str, log: Path) -> Iterator[str]:
    """``mlflow models serve`` as its documentation has it, in this environment."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "-w", "1"),
        *("-m", f"models:/readmission/{version}", "-h", "127.0.0.1", "-p", str(port)),
    ]
    environment = {**os.environ, **registry.service_environment, "PYTHONPATH": SOURCE}
    # The server is started by the name "uvicorn" or "gunicorn" of this environment.
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{url}/ping"), f"MLflow's server answers; its log: {log}", 120)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.mark.long
def test_mlflows_own_server_answers_alike(
    service: Service, registry: Registry, encounters: list[dict[str, Any]], version: str, tmp_path: Path
) -> None:
    with mlflow_server(registry, version, tmp_path / "mlflow.log") as url:
        response = httpx.post(f"{url}/invocations", json={"dataframe_records": encounters}, timeout=60)
    assert response.status_code == 200, response.text
    found = [(row["risk_30d"], row["risk_any"]) for row in response.json()["predictions"]]
    for risks, ours in zip(found, ask_us(service, encounters), strict=True):
        assert risks == pytest.approx(ours, abs=1e-6)
