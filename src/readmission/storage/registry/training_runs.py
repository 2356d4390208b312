"""The newest training of each candidate, read over MLflow's REST API, so that the exporter need not import MLflow."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from readmission.contract.metric_names import CROSS_VALIDATION, read_group
from readmission.errors import UnavailableError
from readmission.storage.registry.mlflow_api import MlflowApi

EXPERIMENT = "diabetes_model_pipeline"
"""Experiment of training: a run of ``kind`` candidate for each candidate, with a run under it for each fold."""
_TIMEOUT_SECONDS = 3.0
_NEWEST_RUNS = 50
"""How far back a candidate is looked for; each training adds one run a candidate."""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A candidate's newest run that ended: whether it failed, how long it took, its mean metrics over the folds."""

    candidate: str
    failed: bool
    duration_seconds: float
    ended_at: float
    metrics: Mapping[str, float]


class TrainingRuns:
    """Asks one MLflow server.

    Args:
        tracking_uri: address of the MLflow server.
        login: user and password, if it asks for them.
        verify: whom to trust (``Settings.trust``).
    """

    def __init__(
        self, tracking_uri: str, login: tuple[str, str] | None = None, verify: ssl.SSLContext | bool = True
    ) -> None:
        self._api = MlflowApi(tracking_uri, login, _TIMEOUT_SECONDS, verify)

    def newest(self) -> list[TrainingRun]:
        """One run a candidate; none before the first training.

        Raises:
            UnavailableError: MLflow does not answer.
        """
        try:
            newest: dict[str, TrainingRun] = {}
            for run in map(_read_run, self._search()):
                newest.setdefault(run.candidate, run)
        except (ValueError, KeyError) as error:
            raise UnavailableError(f"MLflow described a run in another form: {type(error).__name__}") from error
        return [newest[name] for name in sorted(newest)]

    def _search(self) -> list[Mapping[str, Any]]:
        found = self._api.get("experiments/get-by-name", experiment_name=EXPERIMENT)
        if found is None:
            return []
        search = {
            "experiment_ids": [found["experiment"]["experiment_id"]],
            "filter": "tags.kind = 'candidate' and attributes.status != 'RUNNING'",
            "order_by": ["attributes.start_time DESC"],
            "max_results": _NEWEST_RUNS,
        }
        return list((self._api.post("runs/search", search) or {}).get("runs", []))


def _read_run(run: Mapping[str, Any]) -> TrainingRun:
    info, data = run["info"], run["data"]
    ended = float(info.get("end_time", info["start_time"]))
    return TrainingRun(
        candidate=next(tag["value"] for tag in data["tags"] if tag["key"] == "candidate"),
        failed=info["status"] != "FINISHED",
        duration_seconds=(ended - float(info["start_time"])) / 1000,
        ended_at=ended / 1000,
        metrics=read_group(
            {metric["key"]: float(metric["value"]) for metric in data.get("metrics", [])}, CROSS_VALIDATION
        ),
    )
