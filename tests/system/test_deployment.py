"""What every mode must do, asked of a running system: `make check-deployment DEPLOYMENT=FOLDER_OF_KEYS`.

The same tests run against local mode, compose and Kubernetes (tests/system/deployment.py says how they are named).
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from readmission.clients.airflow import UNFINISHED, AirflowClient
from readmission.contract.examples import EXAMPLES
from readmission.errors import UnavailableError
from readmission.local.chain import CHAIN
from tests.system.deployment import Deployment

pytestmark = pytest.mark.timeout(1800)  # a deadline, not a claim: the chain may have to run first
_CHAIN_SECONDS = 1700


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
        except (httpx.HTTPError, psycopg.OperationalError, UnavailableError):
            pass
        assert time.monotonic() < deadline, f"timed out: {what}"
        time.sleep(1)


@contextmanager
def airflow_of(deployment: Deployment) -> Iterator[AirflowClient]:
    """A client of its Airflow, as the administrator."""
    with httpx.Client(base_url=deployment.addresses["airflow"], timeout=60, trust_env=False) as client:
        yield AirflowClient(client, deployment.airflow_password)


def wait_until_ended(airflow: AirflowClient, first: str | None = None) -> None:
    """Wait until every DAG of the chain has ended well, since a run of the first of them if one is named."""

    def states() -> dict[str, str]:
        since = next((run["run_after"] for run in airflow.runs(CHAIN[0]) if run["dag_run_id"] == first), "")
        newest = {dag: airflow.runs(dag, limit=1) for dag in CHAIN}
        return {dag: runs[0]["state"] for dag, runs in newest.items() if runs and runs[0]["run_after"] >= since}

    wait_for(
        lambda: len(states()) == len(CHAIN) and not UNFINISHED & set(states().values()),
        "every DAG of the chain has ended",
        _CHAIN_SECONDS,
    )
    assert states() == dict.fromkeys(CHAIN, "success")


def count_rows(deployment: Deployment) -> tuple[Any, ...]:
    """Raw rows, raw encounters, clean rows, refused rows."""
    (counts,) = deployment.query(
        "SELECT (SELECT count(*) FROM raw.encounters), (SELECT count(DISTINCT encounter_id) FROM raw.encounters),"
        " (SELECT count(*) FROM clean.encounters), (SELECT count(*) FROM clean.quarantine)"
    )
    return counts


def test_the_chain_ends_well(deployment: Deployment) -> None:
    with airflow_of(deployment) as airflow:
        wait_for(lambda: airflow.health().get("scheduler") == "healthy", "Airflow's scheduler is healthy", 300)
        wait_for(lambda: set(CHAIN) <= airflow.dag_ids(), "the DAGs are read", 300)
        if not airflow.runs(CHAIN[0]):
            airflow.trigger(CHAIN[0])
        wait_until_ended(airflow)


def test_every_encounter_is_stored_once(deployment: Deployment) -> None:
    with deployment.client("data") as client:
        rows = client.get("/dataset").raise_for_status().json()["rows"]
    raw, distinct, clean, quarantined = count_rows(deployment)
    assert rows == raw == distinct == clean + quarantined
    two_splits = "SELECT patient_nbr FROM clean.encounters GROUP BY patient_nbr HAVING count(DISTINCT split) > 1"
    assert deployment.query(two_splits) == []


@pytest.mark.skipif("DEPLOYMENT_CLUSTER" in os.environ, reason="test_cluster.py runs it again, and kills its pods")
def test_the_chain_again_adds_nothing(deployment: Deployment) -> None:
    before = count_rows(deployment)
    with airflow_of(deployment) as airflow:
        run = airflow.trigger(CHAIN[0])
        wait_until_ended(airflow, run)
    assert count_rows(deployment) == before


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


def test_a_promoted_version_goes_live_and_is_rolled_back(deployment: Deployment, inference: httpx.Client) -> None:
    example = next(iter(EXAMPLES.values()))

    def answer() -> tuple[str, float]:
        found = inference.post("/predict", json=example).raise_for_status().json()
        return found["model_version"], found["risk_30d"]

    before, risk = answer()
    promoted = deployment.promote_copy(before)
    wait_for(lambda: answer()[0] == promoted, f"version {promoted} is live", 120)
    assert answer() == (promoted, risk)
    order = {"reason": "the system test goes back", "version": before}
    done = inference.post("/models/rollback", json=order, headers={"X-API-Key": deployment.admin_key})
    assert done.status_code == 200, done.text
    wait_for(lambda: answer()[0] == before, f"version {before} is live again", 120)
    newest = inference.get("/promotions").raise_for_status().json()[0]
    assert (newest["decision"], newest["live_version"]) == ("rolled_back", before)


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
            # In local mode Locust answers while a load test runs; the alert ServiceDown leaves it out, too.
            expected = [target for target in targets if target["labels"]["job"] != "load-test"]
            return [f"{t['labels']['job']}: {t['lastError']}" for t in expected if t["health"] != "up"]

        wait_for(lambda: not down(), "every target is up", 120)
        assert down() == []


def test_nothing_is_lost_when_everything_stops_and_starts(deployment: Deployment) -> None:
    if deployment.restart is None:
        pytest.skip("DEPLOYMENT_RESTART names no command that stops and starts the system")
    example = next(iter(EXAMPLES.values()))
    with deployment.client("inference") as inference:
        told = [inference.post("/predict", json=example).raise_for_status().json() for _ in range(20)]
        promotions = inference.get("/promotions").raise_for_status().json()
    rows = count_rows(deployment)
    deployment.restart()
    with deployment.client("inference") as inference:
        wait_for(lambda: inference.get("/readyz").status_code == 200, "it is ready again", 600)
        for prediction in told:
            stored = inference.get(f"/predictions/{prediction['prediction_id']}").raise_for_status().json()
            assert {key: stored[key] for key in ("risk_30d", "model_version")} == {
                key: prediction[key] for key in ("risk_30d", "model_version")
            }
        assert inference.get("/promotions").raise_for_status().json() == promotions
        assert (
            inference.post("/predict", json=example).raise_for_status().json()["model_version"]
            == (promotions[0]["live_version"])
        )
    # A forwarded port may need a moment to find the new pod.
    assert wait_for(lambda: count_rows(deployment), "PostgreSQL answers", 60) == rows
