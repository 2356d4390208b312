"""What every mode must do, asked of a running system: `make check-deployment DEPLOYMENT=FOLDER_OF_KEYS`.

The same tests run against local mode, compose and Kubernetes (tests/system/deployment.py says how they are named).
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from readmission.contract.examples import EXAMPLES
from readmission.errors import UnavailableError
from readmission.local.airflow_client import UNFINISHED, AirflowClient
from readmission.local.chain import CHAIN
from tests.system.deployment import Deployment

pytestmark = pytest.mark.timeout(1800)  # a deadline, not a claim: the chain may have to run first
_CHAIN_SECONDS = 1700


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    named = Deployment.from_environment()
    if named is None:
        pytest.skip("DEPLOYMENT names no running system")
    return named


@pytest.fixture
def inference(deployment: Deployment) -> Iterator[httpx.Client]:
    with deployment.client("inference") as client:
        yield client


def wait_for(found: Callable[[], Any], what: str, seconds: float) -> Any:
    """What is found, once it is; a part that is not up yet counts as not found."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if value := found():
                return value
        except (httpx.HTTPError, UnavailableError):
            pass
        assert time.monotonic() < deadline, f"timed out: {what}"
        time.sleep(1)


def test_the_chain_ends_well(deployment: Deployment) -> None:
    with httpx.Client(base_url=deployment.addresses["airflow"], timeout=60, trust_env=False) as client:
        airflow = AirflowClient(client, deployment.airflow_password)
        wait_for(lambda: airflow.health().get("scheduler") == "healthy", "Airflow's scheduler is healthy", 300)
        wait_for(lambda: set(CHAIN) <= airflow.dag_ids(), "the DAGs are read", 300)
        if not airflow.runs(CHAIN[0]):
            airflow.trigger(CHAIN[0])

        def ended() -> bool:
            newest = [airflow.runs(dag, limit=1) for dag in CHAIN]
            return all(runs and runs[0]["state"] not in UNFINISHED for runs in newest)

        wait_for(ended, "every DAG of the chain has ended", _CHAIN_SECONDS)
        assert {dag: airflow.runs(dag, limit=1)[0]["state"] for dag in CHAIN} == dict.fromkeys(CHAIN, "success")


def test_every_encounter_is_stored_once(deployment: Deployment) -> None:
    with deployment.client("data") as client:
        dataset = client.get("/dataset").raise_for_status().json()
    assert dataset["rows"] > 0


def test_a_prediction_is_stored(inference: httpx.Client) -> None:
    wait_for(lambda: inference.get("/readyz").status_code == 200, "a champion is live", 300)
    for encounter in EXAMPLES.values():
        answer = inference.post("/predict", json=encounter)
        assert answer.status_code == 200, answer.text
        stored = inference.get(f"/predictions/{answer.json()['prediction_id']}")
        assert stored.status_code == 200, stored.text
        assert stored.json()["risk_30d"] == answer.json()["risk_30d"]


def test_a_request_without_a_key_is_refused(deployment: Deployment) -> None:
    if deployment.api_key == deployment.admin_key:
        pytest.skip("local mode asks for no key to predict")
    example = next(iter(EXAMPLES.values()))
    with httpx.Client(base_url=deployment.addresses["inference"], timeout=30, trust_env=False) as stranger:
        assert stranger.post("/predict", json=example).status_code == 401


def test_a_batch_is_answered_row_by_row(inference: httpx.Client) -> None:
    body = "\n".join(json.dumps(encounter) for encounter in EXAMPLES.values())
    headers = {"content-type": "application/x-ndjson", "accept": "application/x-ndjson"}
    answer = inference.post("/predict/batch", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert sum("prediction_id" in row for row in rows) == len(EXAMPLES)


def test_an_explanation_adds_up(inference: httpx.Client) -> None:
    answer = inference.post("/explain", json=next(iter(EXAMPLES.values())))
    assert answer.status_code == 200, answer.text


def test_outcome_and_feedback_join_their_prediction(inference: httpx.Client) -> None:
    prediction = inference.post("/predict", json=next(iter(EXAMPLES.values()))).raise_for_status().json()
    outcome = {"prediction_id": prediction["prediction_id"], "readmitted": "<30"}
    assert inference.post("/outcomes", json=outcome).status_code == 201
    feedback = inference.post(f"/predictions/{prediction['prediction_id']}/feedback", json={"verdict": "agree"})
    assert feedback.status_code == 201, feedback.text


def test_bad_input_is_named_by_field(inference: httpx.Client) -> None:
    broken = {**next(iter(EXAMPLES.values())), "time_in_hospital": 99}
    answer = inference.post("/predict", json=broken)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "time_in_hospital" in answer.text


def test_a_roll_back_leads_only_to_what_was_live(deployment: Deployment, inference: httpx.Client) -> None:
    assert inference.get("/promotions").raise_for_status().json()
    headers = {"X-API-Key": deployment.admin_key}
    order = {"reason": "the system test asks for a version that never was", "version": "999999999"}
    assert inference.post("/models/rollback", json=order, headers=headers).status_code in (404, 409)


def test_the_page_answers(deployment: Deployment) -> None:
    with httpx.Client(base_url=deployment.addresses["ui"], timeout=60, trust_env=False, follow_redirects=True) as page:
        answer = page.get("/")
    assert answer.status_code == 200
    assert "text/html" in answer.headers["content-type"]


def test_the_service_counts_what_it_answers(inference: httpx.Client) -> None:
    assert "predict_requests_total" in inference.get("/metrics").raise_for_status().text


def test_prometheus_reaches_every_target(deployment: Deployment) -> None:
    if deployment.addresses["prometheus"] == "none":
        pytest.skip("nothing scrapes here")
    with httpx.Client(base_url=deployment.addresses["prometheus"], timeout=30, trust_env=False) as prometheus:

        def down() -> list[str]:
            targets = prometheus.get("/api/v1/targets").raise_for_status().json()["data"]["activeTargets"]
            assert targets
            return [f"{t['scrapePool']}: {t['lastError']}" for t in targets if t["health"] != "up"]

        wait_for(lambda: not down(), "every target is up", 120)
        assert down() == []
