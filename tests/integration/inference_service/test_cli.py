"""`readmission predict` and `readmission models` against the running service."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from readmission.cli.model import describe_prediction
from readmission.contract.examples import FREQUENT_VISITOR
from tests.integration.inference_service.conftest import Registry, Service, StartService
from tests.small_model import SmallModel


@pytest.fixture
def service(make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]) -> Service:
    registry.make_live("cli", registry.register(models(0.0), {"candidate": "small_linear"}))
    return make_service("cli").start()


def run(service: Service, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {**service.environment, "READMISSION_INFERENCE_SERVICE__URL": service.url}
    command = [sys.executable, "-c", "from readmission.cli import main; main()", *arguments]
    return subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=False)


def test_predict_and_models(service: Service, tmp_path: Path) -> None:
    said = run(service, "predict", "--example", "frequent-visitor")
    assert said.returncode == 0, said.stderr
    assert "Risk of return within 30 days:" in said.stdout
    assert "× the average patient's 11 %" in said.stdout
    assert "read back from PostgreSQL, and it is the same" in said.stdout
    (prediction_id,) = service.stored_ids()
    assert prediction_id in said.stdout

    (tmp_path / "encounter.json").write_text(json.dumps(FREQUENT_VISITOR))
    stored = json.loads(run(service, "predict", "--file", str(tmp_path / "encounter.json"), "--json").stdout)
    assert stored["encounter"]["age"] == FREQUENT_VISITOR["age"]
    assert len(service.stored_ids()) == 2

    listed = run(service, "models")
    assert listed.returncode == 0, listed.stderr
    assert "live" in listed.stdout
    assert "small_linear" in listed.stdout

    refused = run(service, "predict", "--file", "-", stdin=json.dumps({**FREQUENT_VISITOR, "age": "old"}))
    assert refused.returncode == 3
    assert "age: is not an allowed value (allowed: one of [0-10)" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert run(service, "predict", "--example", "nobody").returncode == 3
    assert run(service, "predict").returncode == 3
    assert run(service, "predict", "--file", str(tmp_path / "absent.json")).returncode == 3

    service.kill()
    away = run(service, "predict", "--example", "frequent-visitor")
    assert away.returncode == 6
    assert "does not answer" in away.stderr


def test_risks_in_words() -> None:
    prediction = {
        "risk_30d": 0.2313, "risk_any": 0.7, "decision": "flag", "threshold": 0.14,
        "model_name": "readmission", "model_version": "3",
    }  # fmt: skip
    first, second, _ = describe_prediction(prediction, {"risk_30d": 0.11, "risk_any": 0.46})
    assert first == ("Risk of return within 30 days: 23 % (2.1 × the average patient's 11 %) — flagged (from 14 % on)")
    assert second == "Risk of return at any time:    70 % (1.5 × the average patient's 46 %)"
    assert "not flagged" in describe_prediction({**prediction, "decision": "no_flag"}, None)[0]
