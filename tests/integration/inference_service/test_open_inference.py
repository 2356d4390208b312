"""Open Inference Protocol v2 as its specification says, with plain HTTP and (long) with Triton's own client."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readmission.contract.encounter import BY_NAME, INPUT_COLUMNS
from readmission.contract.examples import EXAMPLES, FREQUENT_VISITOR
from tests.integration.inference_service.conftest import Registry, Service, StartService
from tests.small_model import SmallModel, made_up_encounters

TRITON_SCRIPT = """
import json, sys
import numpy as np
import tritonclient.http as triton

client = triton.InferenceServerClient(sys.argv[1])
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("readmission")
inputs = []
for given in json.load(sys.stdin)["inputs"]:
    dtype = np.int64 if given["datatype"] == "INT64" else np.object_
    tensor = triton.InferInput(given["name"], given["shape"], given["datatype"])
    tensor.set_data_from_numpy(np.array(given["data"], dtype=dtype), binary_data=False)
    inputs.append(tensor)
wanted = [triton.InferRequestedOutput("risk_30d", binary_data=False)]
print(json.dumps(client.infer("readmission", inputs, outputs=wanted).as_numpy("risk_30d").tolist()))
"""


def as_tensors(encounters: list[dict[str, Any]]) -> dict[str, Any]:
    names = [column.name for column in INPUT_COLUMNS]
    marks = {name: "None" if BY_NAME[name].kind == "lab" else "?" for name in names}
    return {
        "inputs": [
            {
                "name": name,
                "datatype": "INT64" if BY_NAME[name].is_integer else "BYTES",
                "shape": [len(encounters)],
                "data": [marks[name] if each.get(name) is None else each[name] for each in encounters],
            }
            for name in names
        ]
    }


@pytest.fixture
def service(make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]) -> Service:
    registry.make_live("open", registry.register(models(0.0)))
    return make_service("open").start()


def test_the_protocol(service: Service) -> None:
    client = service.client
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2").json()["name"] == "readmission-inference-service"
    version = service.live_version()
    metadata = client.get("/v2/models/readmission").json()
    assert metadata == client.get(f"/v2/models/readmission/versions/{version}").json()
    assert metadata["versions"] == [version]
    assert {"name": "time_in_hospital", "datatype": "INT64", "shape": [-1]} in metadata["inputs"]
    assert client.get("/v2/models/readmission/ready").json() == {"name": "readmission", "ready": True}
    assert client.get("/v2/models/other").status_code == 404
    assert client.get("/v2/models/readmission/versions/999999/ready").status_code == 404

    encounters = [*EXAMPLES.values(), *made_up_encounters(100, seed=5)]
    response = client.post(
        f"/v2/models/readmission/versions/{version}/infer", json=as_tensors(encounters) | {"id": "a"}
    )
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["id"], answer["model_name"], answer["model_version"]) == ("a", "readmission", version)
    outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    assert all(output["shape"] == [len(encounters)] for output in answer["outputs"])
    assert outputs["risk_30d"] == [service.predict(each).json()["risk_30d"] for each in encounters]
    assert set(outputs["prediction_id"]) <= service.stored_ids()


def test_what_breaks_the_protocol_is_named_and_nothing_is_stored(service: Service) -> None:
    def send(change: Callable[[dict[str, Any]], None]) -> tuple[int, str, str]:
        body = as_tensors([FREQUENT_VISITOR, FREQUENT_VISITOR])
        change(body)
        response = service.client.post("/v2/models/readmission/infer", json=body)
        problem = response.json()
        assert problem["error"] == problem["detail"]
        return response.status_code, problem["errors"][0]["field"], problem["errors"][0]["problem"]

    place = {tensor["name"]: number for number, tensor in enumerate(as_tensors([FREQUENT_VISITOR])["inputs"])}
    days = place["time_in_hospital"]
    assert send(lambda body: body["inputs"][days]["data"].__setitem__(1, 99))[:2] == (422, "2.time_in_hospital")
    assert send(lambda body: body["inputs"][days].update(datatype="FP32"))[1:] == (
        "time_in_hospital",
        "has another datatype",
    )
    assert send(lambda body: body["inputs"][days].update(shape=[3]))[:2] == (422, "time_in_hospital")
    assert send(lambda body: body["inputs"][days].update(shape=[1], data=[1]))[:2] == (422, "inputs")
    assert send(lambda body: body["inputs"].pop(days))[:2] == (422, "1.time_in_hospital")
    assert send(lambda body: body["inputs"][days].update(name="readmitted"))[:2] == (422, "readmitted")
    assert send(lambda body: body.update(outputs=[{"name": "label"}]))[:2] == (422, "outputs")
    assert send(lambda body: body.update(more=1))[:2] == (422, "more")
    json_body = {"content-type": "application/json"}
    path = "/v2/models/readmission/infer"
    assert service.client.post(path, content=b"{", headers=json_body).status_code == 400
    assert service.client.post(path, content=b" " * 2_200_000, headers=json_body).status_code == 413
    assert service.client.post("/v2/models/other/infer", json={}).status_code == 404
    assert service.stored_ids() == set()


@pytest.mark.long
def test_tritons_client(service: Service, tmp_path: Path) -> None:
    """In an environment of its own: next to ours it would take greenlet and ml-dtypes back to older versions."""
    import json

    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "tritonclient[http]==2.73.0"], check=True)
    body = json.dumps(as_tensors(list(EXAMPLES.values())))
    command = [str(python), "-c", TRITON_SCRIPT, service.url.removeprefix("http://")]
    said = subprocess.run(command, input=body, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == [service.predict(each).json()["risk_30d"] for each in EXAMPLES.values()]
