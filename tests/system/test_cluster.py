"""What only a cluster can do wrong: pods renewed, killed and moved under load. `make check-cluster` runs it.

Callers run inside the cluster; what they were told is stored is asked for one by one afterwards.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from readmission.local.chain import CHAIN
from tests.system.deployment import Deployment
from tests.system.plain_prometheus import describe
from tests.system.test_deployment import airflow_of, count_rows, wait_for, wait_until_ended

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        "DEPLOYMENT_CLUSTER" not in os.environ, reason="DEPLOYMENT_CLUSTER says that there is no cluster"
    ),
]
_SECONDS_OF_LOAD = 60


def kubectl(*arguments: str, stdin: str | None = None, check: bool = True) -> str:
    """Run kubectl in the system's namespace; what it says."""
    command = ["kubectl", "--namespace", "readmission", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=900, check=False)
    assert not check or done.returncode == 0, f"kubectl {' '.join(arguments[:4])}: {done.stderr[-2000:]}"
    return done.stdout


@contextmanager
def load() -> Iterator["Future[dict[str, Any]]"]:
    """Predictions asked for from within the cluster while the block runs; the result holds what was answered."""
    script = (Path(__file__).parent / "call_steadily.py").read_text()
    arguments = ("exec", "-i", "deployment/load-tests", "--", "python", "-", str(_SECONDS_OF_LOAD))
    with ThreadPoolExecutor(1) as pool:
        called = pool.submit(lambda: json.loads(kubectl(*arguments, stdin=script).splitlines()[-1]))
        time.sleep(5)
        yield called


def ask_for_models(deployment: Deployment) -> dict[str, Any]:
    with deployment.client("inference") as client:
        models: dict[str, Any] = client.get("/models").raise_for_status().json()
        return models


def assert_all_stored(deployment: Deployment, ids: list[str]) -> None:
    """Every acknowledged prediction is in PostgreSQL, once the journals have reached it, and is counted once."""
    assert ids
    assert len(set(ids)) == len(ids)
    wait_for(lambda: set(ids) <= deployment.stored_predictions(), "every acknowledged prediction is stored", 180)


def test_locust_of_the_cluster_sees_no_failure(deployment: Deployment) -> None:
    ask = (
        "import json,time,urllib.parse as p,urllib.request as r\n"
        "u='http://127.0.0.1:8089'\n"
        "r.urlopen(u+'/swarm',p.urlencode({'user_count':20,'spawn_rate':10,'host':'http://inference-service:8000'}).encode())\n"
        "time.sleep(40)\n"
        "r.urlopen(u+'/stop',b'')\n"
        "print(json.dumps(json.load(r.urlopen(u+'/stats/requests'))))\n"
    )
    stats = json.loads(kubectl("exec", "-i", "deployment/load-tests", "--", "python", "-", stdin=ask).splitlines()[-1])
    total = next(entry for entry in stats["stats"] if entry["name"] == "Aggregated")
    assert total["num_requests"] > 0
    assert total["num_failures"] == 0, stats["errors"]


def test_a_rolling_restart_under_load_fails_no_request(deployment: Deployment) -> None:
    with load() as called:
        kubectl("rollout", "restart", "statefulset/inference-service")
        kubectl("rollout", "status", "statefulset/inference-service", "--timeout", "10m")
    answered = called.result()
    assert set(answered["statuses"]) == {"200"}, answered["statuses"]
    assert_all_stored(deployment, answered["acknowledged"])


def test_a_model_swap_and_a_roll_back_under_load_fail_no_request(deployment: Deployment) -> None:
    with load() as called:
        # The forwarded port may still lead to a pod of before.
        models = wait_for(lambda: ask_for_models(deployment), "the models are told", 60)
        before = models["recorded"]["version"]
        promoted = deployment.promote_copy(before)
        time.sleep(_SECONDS_OF_LOAD / 3)  # both replicas look at the record every two seconds
        order = {"reason": "the cluster's test goes back", "version": before}
        # A connection that has been idle may be closed at the far end of the forwarded port: this one is new.
        with deployment.client("inference") as client:
            headers = {"X-API-Key": deployment.admin_key}
            client.post("/models/rollback", json=order, headers=headers).raise_for_status()
    answered = called.result()
    assert set(answered["statuses"]) == {"200"}, answered["statuses"]
    assert set(answered["versions"]) == {before, promoted}
    assert_all_stored(deployment, answered["acknowledged"])


def test_postgresql_killed_under_load_loses_nothing(deployment: Deployment) -> None:
    with load() as called:
        kubectl("delete", "pod", "postgres-0", "--grace-period=0", "--force", "--wait=false")
        time.sleep(5)
        # The journal outlives the pod that wrote it.
        kubectl("delete", "pod", "inference-service-1", "--grace-period=1", "--wait=false", check=False)
    kubectl("rollout", "status", "statefulset/postgres", "--timeout", "10m")
    kubectl("rollout", "status", "statefulset/inference-service", "--timeout", "10m")
    assert_all_stored(deployment, called.result()["acknowledged"])


def test_the_chain_survives_its_pods_and_its_scheduler(deployment: Deployment) -> None:
    counts = count_rows(deployment)
    with airflow_of(deployment) as airflow:
        run = airflow.trigger(CHAIN[0])
        task_pods = ("get", "pods", "-l", "app.kubernetes.io/name=airflow-task", "-o", "name")
        first = wait_for(lambda: kubectl(*task_pods).split(), "a task runs as a pod", 300)
        kubectl("delete", first[0], "--grace-period=0", "--force", check=False)
        kubectl("delete", "pod", "-l", "app.kubernetes.io/name=airflow-scheduler", "--grace-period=0", "--force")
        wait_until_ended(airflow, run)
    assert count_rows(deployment) == counts
    # Those there are now: the monitor's own tasks bring new ones every few minutes.
    left = set(kubectl(*task_pods).split())
    wait_for(lambda: not left & set(kubectl(*task_pods).split()), "task pods are cleaned up", 180)


def test_logs_of_task_pods_outlive_them(deployment: Deployment) -> None:
    with airflow_of(deployment) as airflow:
        run = airflow.runs(CHAIN[0], limit=1)[0]["dag_run_id"]
        (task,) = airflow.tasks(CHAIN[0], run)
        path = f"/api/v2/dags/{CHAIN[0]}/dagRuns/{run}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        assert "create-tables" in json.dumps(airflow._get(path))


def test_prometheus_scrapes_what_the_monitors_select(deployment: Deployment) -> None:
    monitoring = os.environ.get("DEPLOYMENT_MANIFESTS")
    if monitoring is None:
        pytest.skip("DEPLOYMENT_MANIFESTS names no built manifests with the component monitoring")
    resources = [resource for resource in yaml.safe_load_all(Path(monitoring).read_text()) if resource]
    endpoints = json.loads(kubectl("get", "endpoints", "-o", "json"))["items"]
    kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(describe(resources, endpoints)))
    try:
        kubectl("rollout", "status", "deployment/prometheus", "--timeout", "5m")
        ask = (
            "import json, urllib.request as r\n"
            "a = 'http://prometheus:9090/api/v1/'\n"
            "print(json.dumps([json.load(r.urlopen(a + path))['data'] for path in ('targets', 'rules')]))\n"
        )

        def look() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
            told = kubectl("exec", "-i", "deployment/load-tests", "--", "python", "-", stdin=ask)
            targets, rules = json.loads(told.splitlines()[-1])
            return targets["activeTargets"], [rule for group in rules["groups"] for rule in group["rules"]]

        def down() -> dict[str, str]:
            return {t["labels"]["job"]: t["lastError"] for t in look()[0] if t["health"] != "up"}

        wait_for(lambda: look()[0] and not down(), f"every target is up: {down()}", 180)
        wait_for(lambda: {rule["health"] for rule in look()[1]} == {"ok"}, "every rule was evaluated", 180)
        jobs = {target["labels"]["job"] for target in look()[0]}
        assert jobs == {
            "data-service",
            "inference-service",
            "mlflow",
            "metrics-exporter",
            "postgres-exporter",
            "load-test",
        }
        # The callers of the tests before are one patient again and again: the monitor may well call that a drift.
        assert {rule["name"] for rule in look()[1] if rule.get("alerts")} <= {"DriftDetected"}
    finally:
        kubectl("delete", "deployment,service,configmap", "-l", "app.kubernetes.io/name=prometheus", check=False)
