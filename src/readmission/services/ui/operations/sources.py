"""What the Operations tab asks: Prometheus's and Airflow's HTTP APIs."""

import math
import ssl
import time
from dataclasses import dataclass
from typing import Any

import httpx

from readmission.errors import UnavailableError
from readmission.settings import AirflowSettings

_TIMEOUT_SECONDS = 5.0
_POINTS = 120
Points = list[tuple[float, float]]
DAG_TAG = "readmission"


class Prometheus:
    """Prometheus's HTTP API."""

    def __init__(self, url: str, verify: ssl.SSLContext | bool = True) -> None:
        self.url = url
        self._http = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False, verify=verify)

    async def read_range(self, query: str, seconds: int) -> Points:
        """Time and value of the first series a query gives over the last ``seconds``; empty where it gives none.

        Raises:
            UnavailableError: Prometheus does not answer, or refuses the query.
        """
        end = time.time()
        step = max(seconds // _POINTS, 1)
        parameters: dict[str, Any] = {"query": query, "start": end - seconds, "end": end, "step": step}
        try:
            answer = await self._http.get("/api/v1/query_range", params=parameters)
            series = answer.raise_for_status().json()["data"]["result"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise UnavailableError(f"Prometheus at {self.url} does not answer") from error
        values = series[0]["values"] if series else []
        return [(float(at), float(value)) for at, value in values if math.isfinite(float(value))]

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


@dataclass(frozen=True, slots=True)
class DagState:
    """A DAG and its newest run; ``state`` is empty where it never ran."""

    dag_id: str
    state: str
    started: str
    ended: str


class AirflowStates:
    """Airflow's REST API, as a user who may look."""

    def __init__(self, settings: AirflowSettings, verify: ssl.SSLContext | bool = True) -> None:
        self._settings = settings
        self._http = httpx.AsyncClient(base_url=settings.url, timeout=_TIMEOUT_SECONDS, trust_env=False, verify=verify)
        self._token = ""

    async def read(self) -> list[DagState]:
        """Our DAGs and their newest runs.

        Raises:
            UnavailableError: Airflow does not answer, or refuses the user.
        """
        try:
            dags = (await self._get("/api/v2/dags", tags=[DAG_TAG], limit=100))["dags"]
            return [await self._read_dag(dag["dag_id"]) for dag in dags]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise UnavailableError(f"Airflow at {self._settings.url} does not answer") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _read_dag(self, dag_id: str) -> DagState:
        found = await self._get(f"/api/v2/dags/{dag_id}/dagRuns", limit=1, order_by=["-run_after", "-id"])
        run = found["dag_runs"][0] if found["dag_runs"] else {}
        return DagState(dag_id, run.get("state") or "", run.get("start_date") or "", run.get("end_date") or "")

    async def _get(self, path: str, **parameters: Any) -> Any:
        answer = await self._send(path, parameters)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await self._log_in()
            answer = await self._send(path, parameters)
        return answer.raise_for_status().json()

    async def _send(self, path: str, parameters: dict[str, Any]) -> httpx.Response:
        # Before the first login there is no token, and an empty one is no legal header.
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return await self._http.get(path, params=parameters, headers=headers)

    async def _log_in(self) -> None:
        password = self._settings.password
        login = {"username": self._settings.username, "password": password.get_secret_value() if password else ""}
        answer = await self._http.post("/auth/token", json=login)
        self._token = str(answer.raise_for_status().json()["access_token"])
