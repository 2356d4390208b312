"""What each of MLflow's users may do: readers read, the pipeline registers, only the gate moves the alias."""

import time
import uuid
from dataclasses import dataclass

import pytest

from readmission.contract.prediction import MODEL_NAME
from tests.conftest import RunningParts
from tests.security.test_mlflow_door import ask

READERS = ("inference-service", "metrics")
API = "/api/2.0/mlflow"


@dataclass(frozen=True)
class Recorded:
    """What the pipeline recorded: an experiment, a run, and two versions of the model, the first one live."""

    experiment: str
    run: str
    source: str
    version: str
    other: str


@pytest.fixture(scope="module")
def recorded(s3_and_mlflow: RunningParts) -> Recorded:
    def made(user: str, path: str, body: object) -> dict[str, dict[str, str]]:
        answer = ask(s3_and_mlflow, user, "POST", f"{API}/{path}", body)
        assert answer.status_code == 200, answer.text
        found: dict[str, dict[str, str]] = answer.json()
        return found

    experiment = str(made("pipeline", "experiments/create", {"name": f"rights-{uuid.uuid4().hex}"})["experiment_id"])
    run = made("pipeline", "runs/create", {"experiment_id": experiment, "start_time": int(time.time() * 1000)})
    info = run["run"]["info"]
    run_id, source = info["run_id"], f"{info['artifact_uri']}/model"  # type: ignore[index]
    ask(s3_and_mlflow, "pipeline", "POST", f"{API}/registered-models/create", {"name": MODEL_NAME})
    body = {"name": MODEL_NAME, "source": source, "run_id": run_id, "tags": [{"key": "model_hash", "value": "x"}]}
    versions = [made("pipeline", "model-versions/create", body)["model_version"]["version"] for _ in range(2)]
    made("gate", "registered-models/alias", {"name": MODEL_NAME, "alias": "champion", "version": versions[0]})
    return Recorded(experiment, run_id, source, *versions)


def changes(recorded: Recorded) -> dict[str, tuple[str, str, object]]:
    """Every way to change something, by what it does: method, path, body."""
    version = {"name": MODEL_NAME, "version": recorded.version}
    run = {"run_id": recorded.run}
    return {
        "make an experiment": ("POST", "experiments/create", {"name": f"x-{uuid.uuid4().hex}"}),
        "make a run": ("POST", "runs/create", {"experiment_id": recorded.experiment, "start_time": 1}),
        "log a metric": ("POST", "runs/log-batch", {**run, "metrics": [{"key": "k", "value": 1, "timestamp": 1}]}),
        "make a model": ("POST", "registered-models/create", {"name": f"x-{uuid.uuid4().hex}"}),
        "make a version": (
            "POST", "model-versions/create", {"name": MODEL_NAME, "source": recorded.source, **run},
        ),
        "move the alias": ("POST", "registered-models/alias", {**version, "alias": "champion"}),
        "move another alias": ("POST", "registered-models/alias", {**version, "alias": "challenger"}),
        "delete an alias": ("DELETE", "registered-models/alias", {"name": MODEL_NAME, "alias": "challenger"}),
        "tag a version": ("POST", "model-versions/set-tag", {**version, "key": "model_hash", "value": "y"}),
        "untag a version": ("DELETE", "model-versions/delete-tag", {**version, "key": "model_hash"}),
        "describe a version": ("PATCH", "model-versions/update", {**version, "description": "y"}),
        "tag the model": ("POST", "registered-models/set-tag", {"name": MODEL_NAME, "key": "k", "value": "v"}),
        "rename the model": ("POST", "registered-models/rename", {"name": MODEL_NAME, "new_name": "another"}),
        "rename an experiment": ("POST", "experiments/update", {"experiment_id": recorded.experiment, "new_name": "y"}),
        "delete a version": ("DELETE", "model-versions/delete", {"name": MODEL_NAME, "version": recorded.other}),
        "delete the model": ("DELETE", "registered-models/delete", {"name": MODEL_NAME}),
        "delete a run": ("POST", "runs/delete", run),
        "delete an experiment": ("POST", "experiments/delete", {"experiment_id": recorded.experiment}),
        "make a user": ("POST", "users/create", {"username": "friend", "password": "of-the-friend-1"}),
        "take a password": ("PATCH", "users/update-password", {"username": "gate", "password": "mine-from-now-on"}),
        "delete a user": ("DELETE", "users/delete", {"username": "gate"}),
    }  # fmt: skip


MAY = {
    "pipeline": {"make an experiment", "make a run", "log a metric", "make a model", "make a version"},
    "gate": {"move the alias", "move another alias"},
    "inference-service": set(),
    "metrics": set(),
}


@pytest.mark.parametrize("user", sorted(MAY))
@pytest.mark.parametrize("prefix", ["/api/2.0/mlflow", "/ajax-api/2.0/mlflow"])
def test_each_user_changes_what_its_part_needs_and_nothing_else(
    s3_and_mlflow: RunningParts, recorded: Recorded, user: str, prefix: str
) -> None:
    statuses = {
        what: ask(s3_and_mlflow, user, method, f"{prefix}/{path}", body).status_code
        for what, (method, path, body) in changes(recorded).items()
    }
    assert statuses == {what: 200 if what in MAY[user] else 403 for what in statuses}


@pytest.mark.parametrize("user", [*READERS, "gate", "pipeline"])
def test_everybody_with_a_login_reads(s3_and_mlflow: RunningParts, recorded: Recorded, user: str) -> None:
    def read(method: str, path: str, body: object = None) -> object:
        answer = ask(s3_and_mlflow, user, method, path, body)
        assert answer.status_code == 200, (path, answer.text)
        return answer.text if path == "/metrics" else answer.json()

    alias = read("GET", f"{API}/registered-models/alias?name={MODEL_NAME}&alias=champion")
    assert alias["model_version"]["version"] == recorded.version  # type: ignore[index]
    read("GET", f"{API}/model-versions/get-download-uri?name={MODEL_NAME}&version={recorded.version}")
    read("GET", f"{API}/model-versions/search")
    read("GET", f"{API}/runs/get?run_id={recorded.run}")
    read("POST", f"{API}/runs/search", {"experiment_ids": [recorded.experiment]})
    assert "mlflow_http_request_total" in str(read("GET", "/metrics"))


def test_a_user_the_administrator_makes_reads_only(s3_and_mlflow: RunningParts, recorded: Recorded) -> None:
    name = f"nurse-{uuid.uuid4().hex[:8]}"
    body = {"username": name, "password": "a-password-of-hers"}
    assert ask(s3_and_mlflow, "admin", "POST", f"{API}/users/create", body).status_code == 200
    s3_and_mlflow.secrets[f"mlflow_{name}"] = body["password"]
    assert ask(s3_and_mlflow, name, "GET", f"{API}/runs/get?run_id={recorded.run}").status_code == 200
    for what, (method, path, change) in changes(recorded).items():
        assert ask(s3_and_mlflow, name, method, f"{API}/{path}", change).status_code == 403, what
    assert ask(s3_and_mlflow, "admin", "DELETE", f"{API}/users/delete", {"username": name}).status_code == 200


def test_the_gate_keeps_its_right_when_the_model_is_deleted_and_made_again(
    s3_and_mlflow: RunningParts, recorded: Recorded
) -> None:
    def done(user: str, method: str, path: str, body: object) -> None:
        answer = ask(s3_and_mlflow, user, method, f"{API}/{path}", body)
        assert answer.status_code == 200, (path, answer.text)

    done("admin", "DELETE", "registered-models/delete", {"name": MODEL_NAME})
    done("pipeline", "POST", "registered-models/create", {"name": MODEL_NAME})
    version = {"name": MODEL_NAME, "source": recorded.source, "run_id": recorded.run}
    done("pipeline", "POST", "model-versions/create", version)
    done("gate", "POST", "registered-models/alias", {"name": MODEL_NAME, "alias": "champion", "version": "1"})
