"""The few questions the local platform asks Airflow's REST API."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from readmission.errors import UnavailableError

UNFINISHED = frozenset({"queued", "running"})


class AirflowClient:
    """Asks Airflow as ``admin``; the token is fetched once."""

    def __init__(self, client: httpx.Client, password: str) -> None:
        self._client = client
        self._password = password
        self._token = ""

    @classmethod
    @contextmanager
    def open(cls, address: int | str, password: str) -> Iterator["AirflowClient"]:
        """A client of the Airflow at a port of this machine, or at a URL. Proxies of the environment are not asked."""
        url = address if isinstance(address, str) else f"http://127.0.0.1:{address}"
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
            yield cls(client, password)

    def health(self) -> dict[str, str]:
        """Part (``metadatabase``, ``scheduler``, ``dag_processor``) to its state; empty while nothing answers."""
        try:
            found = self._client.get("/api/v2/monitor/health", timeout=5).raise_for_status().json()
        except httpx.HTTPError:
            return {}
        return {name: part.get("status") or "" for name, part in found.items() if isinstance(part, dict)}

    def dag_ids(self) -> set[str]:
        """DAGs Airflow has read."""
        return {dag["dag_id"] for dag in self._get("/api/v2/dags", limit=100)["dags"] if not dag.get("is_stale")}

    def import_errors(self) -> list[str]:
        """File and last line of every DAG file that cannot be read."""
        found = self._get("/api/v2/importErrors", limit=100)["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in found]

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self._ask("PATCH", f"/api/v2/dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str) -> str:
        """Start a DAG; the run's id."""
        answer = self._ask("POST", f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": {}})
        return str(answer["dag_run_id"])

    def runs(self, dag_id: str, limit: int = 50) -> list[dict[str, Any]]:
        """Runs of a DAG, newest first."""
        found: list[dict[str, Any]] = self._get(
            f"/api/v2/dags/{dag_id}/dagRuns", limit=limit, order_by=["-run_after", "-id"]
        )["dag_runs"]
        return found

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Task instances of a run, mapped ones one by one."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances", limit=100, offset=len(found))
            found += page["task_instances"]
            if not page["task_instances"] or len(found) >= page["total_entries"]:
                return found

    def _get(self, path: str, **parameters: Any) -> Any:
        return self._ask("GET", path, params=parameters)

    def _ask(self, method: str, path: str, **arguments: Any) -> Any:
        problem = ""
        for attempt in range(5):  # the server may restart meanwhile; all we send may be repeated
            try:
                if not self._token:
                    login = {"username": "admin", "password": self._password}
                    answer = self._client.post("/auth/token", json=login).raise_for_status()
                    self._token = answer.json()["access_token"]
                headers = {"Authorization": f"Bearer {self._token}"}
                answer = self._client.request(method, path, headers=headers, **arguments)
                if answer.status_code == 401:
                    self._token = ""
                answer.raise_for_status()
                return answer.json()
            except httpx.HTTPStatusError as error:
                problem = f"{error.response.status_code} {error.response.text[:200]}"
                if error.response.status_code < 500 and error.response.status_code != 401:
                    break
            except httpx.HTTPError as error:
                problem = str(error) or type(error).__name__
            time.sleep(0.5 * (attempt + 1))
        raise UnavailableError(f"Airflow does not answer {method} {path}: {problem} (see `make logs`)")
