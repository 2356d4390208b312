"""What Airflow's REST API says of its parts and of the last run of each DAG."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from readmission.errors import UnavailableError
from readmission.settings import AirflowSettings

_TIMEOUT_SECONDS = 8.0
TAG = "readmission"
STATES = ("success", "failed", "running", "queued")


@dataclass(frozen=True, slots=True)
class DagRun:
    """The newest run of a DAG: its state, how long it took or has been running, and when it ended.

    ``ended_at``: seconds since 1970; None if it runs.
    """

    dag_id: str
    state: str
    duration_seconds: float
    ended_at: float | None


class AirflowRuns:
    """Asks Airflow as a user who may look; the token is kept until it is refused."""

    def __init__(self, settings: AirflowSettings, verify: ssl.SSLContext | bool = True) -> None:
        self._settings = settings
        self._client = httpx.Client(base_url=settings.url, timeout=_TIMEOUT_SECONDS, trust_env=False, verify=verify)
        self._token = ""

    def health(self) -> dict[str, bool]:
        """Part (metadatabase, scheduler, dag_processor) to whether it is healthy.

        Raises:
            UnavailableError: Airflow does not answer.
        """
        found = self._get("/api/v2/monitor/health")
        return {
            name: part["status"] == "healthy"
            for name, part in found.items()
            if isinstance(part, dict) and part.get("status")
        }

    def last_runs(self) -> list[DagRun]:
        """The newest run of each of our DAGs; none for a DAG that has not run.

        Raises:
            UnavailableError: Airflow does not answer, or refuses the user.
        """
        dags = self._get("/api/v2/dags", tags=[TAG], limit=100)["dags"]
        found = []
        for dag in dags:
            runs = self._get(f"/api/v2/dags/{dag['dag_id']}/dagRuns", limit=1, order_by=["-run_after", "-id"])
            found += [_read_run(run) for run in runs["dag_runs"]]
        return found

    def _get(self, path: str, **parameters: Any) -> Any:
        try:
            for attempt in range(2):
                if not self._token or attempt:
                    self._token = self._log_in()
                headers = {"Authorization": f"Bearer {self._token}"}
                answer = self._client.get(path, params=parameters, headers=headers)
                if answer.status_code != httpx.codes.UNAUTHORIZED:
                    return answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise UnavailableError(
                f"Airflow at {self._settings.url} does not answer: {type(error).__name__}"
            ) from error
        raise UnavailableError(f"Airflow at {self._settings.url} refuses user {self._settings.username}")

    def _log_in(self) -> str:
        password = self._settings.password
        login = {"username": self._settings.username, "password": password.get_secret_value() if password else ""}
        return str(self._client.post("/auth/token", json=login).raise_for_status().json()["access_token"])


def _read_run(run: dict[str, Any]) -> DagRun:
    started, ended = _seconds(run.get("start_date")), _seconds(run.get("end_date"))
    now = datetime.now(UTC).timestamp()
    duration = (ended or now) - started if started is not None else 0.0
    return DagRun(run["dag_id"], run["state"], max(duration, 0.0), ended)


def _seconds(moment: str | None) -> float | None:
    return None if moment is None else datetime.fromisoformat(moment).timestamp()
