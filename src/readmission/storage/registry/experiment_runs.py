"""Runs in MLflow: what was done, on which data, by which code, and what came out.

Runs are opened through a client of their own: nothing global, so steps can run side by side.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

# The default (7 tries, doubling) keeps a task waiting for minutes before it says what is wrong.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
# A step prints one line of its own on stdout, for Airflow.
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import (
    MLFLOW_DATASET_CONTEXT,
    MLFLOW_PARENT_RUN_ID,
    MLFLOW_RUN_NOTE,
    MLFLOW_SOURCE_NAME,
    MLFLOW_USER,
)

from readmission.contract.origin import RunOrigin
from readmission.errors import UnavailableError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PARAM_MAX_LENGTH = 6000
_DIGEST_LENGTH = 32
_BATCH = 500
"""Metrics in one request; MLflow takes 1,000."""
_EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}
"""MLflow shows runs, metrics and models, not prompts and traces."""


class ExperimentRun:
    """An open run: log to it what a later reader needs."""

    def __init__(self, client: MlflowClient, run_id: str) -> None:
        self._client = client
        self.run_id = run_id

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log settings of the run; a value may not change once logged."""
        values = [Param(key, str(value)[:_PARAM_MAX_LENGTH]) for key, value in params.items()]
        self._client.log_batch(self.run_id, params=values)

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Log numbers."""
        now = int(time.time() * 1000)
        self._client.log_batch(self.run_id, metrics=[Metric(k, float(v), now, step) for k, v in metrics.items()])

    def log_curve(self, name: str, values: Sequence[float]) -> None:
        """Log a number that changes with the step, from 1; MLflow draws it."""
        now = int(time.time() * 1000)
        metrics = [Metric(name, float(value), now, step) for step, value in enumerate(values, start=1)]
        for first in range(0, len(metrics), _BATCH):
            self._client.log_batch(self.run_id, metrics=metrics[first : first + _BATCH])

    def describe(self, text: str) -> None:
        """Say in a sentence or two what the run is; MLflow shows it first (Markdown)."""
        self.set_tags({MLFLOW_RUN_NOTE: text})

    def log_dataset(self, name: str, sha256: str, query: str, rows: int, context: str) -> None:
        """Name the rows the run read, without a row of them.

        Args:
            name: what MLflow shows, `train` for instance.
            sha256: of the rows.
            query: what reads them from PostgreSQL.
            rows: how many.
            context: what they were used for: `training`, `validation`, `test`.
        """
        dataset = Dataset(
            name=name,
            digest=sha256[:_DIGEST_LENGTH],
            source_type="sql",
            source=json.dumps({"query": query}),
            profile=json.dumps({"num_rows": rows}),
        )
        self._client.log_inputs(self.run_id, [DatasetInput(dataset, [InputTag(MLFLOW_DATASET_CONTEXT, context)])])

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set or replace tags."""
        self._client.log_batch(self.run_id, tags=[RunTag(key, value) for key, value in tags.items()])

    def log_text(self, text: str, path: str) -> None:
        """Store a text as an artifact at ``path`` inside the run."""
        self._client.log_text(self.run_id, text, path)

    def log_json(self, content: dict[str, Any], path: str) -> None:
        """Store a JSON document as an artifact."""
        self._client.log_dict(self.run_id, content, path)

    def log_figure(self, figure: "Figure", path: str) -> None:
        """Store a matplotlib figure as an artifact."""
        self._client.log_figure(self.run_id, figure, path)

    def log_bytes(self, content: bytes, path: str) -> None:
        """Store bytes as an artifact at ``path`` inside the run."""
        with TemporaryDirectory() as folder:
            file = Path(folder) / Path(path).name
            file.write_bytes(content)
            self._client.log_artifact(self.run_id, str(file), str(Path(path).parent))

    def log_folder(self, folder: Path, path: str) -> None:
        """Store a folder of files as artifacts under ``path``."""
        self._client.log_artifacts(self.run_id, str(folder), path)


@contextmanager
def start_run(
    tracking_uri: str, experiment: str, name: str, origin: RunOrigin, parent_run_id: str | None = None
) -> Iterator[ExperimentRun]:
    """Open a run; it ends FINISHED, or FAILED if the body raises.

    Args:
        tracking_uri: address of the MLflow server.
        experiment: name of the experiment, made if it does not exist.
        name: what a reader of the list of runs sees.
        origin: data and code the run belongs to.
        parent_run_id: run this one is shown under, a fold under its candidate for instance.

    Raises:
        UnavailableError: the MLflow server does not answer, or refuses.
    """
    tags = {**origin.tags, MLFLOW_SOURCE_NAME: "readmission", MLFLOW_USER: "readmission"}
    if parent_run_id is not None:
        tags[MLFLOW_PARENT_RUN_ID] = parent_run_id
    with _clear_errors(tracking_uri):
        client = MlflowClient(tracking_uri)
        run_id = client.create_run(_experiment_id(client, experiment), tags=tags, run_name=name).info.run_id
        run = ExperimentRun(client, run_id)
        try:
            yield run
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id, "FINISHED")


def find_finished_run(tracking_uri: str, experiment: str, tags: Mapping[str, str]) -> str | None:
    """Id of the newest finished run with all these tags, or None.

    Raises:
        UnavailableError: the MLflow server does not answer.
    """
    with _clear_errors(tracking_uri):
        client = MlflowClient(tracking_uri)
        found = client.get_experiment_by_name(experiment)
        if found is None:
            return None
        conditions = ["attributes.status = 'FINISHED'", *(f"tags.`{key}` = '{value}'" for key, value in tags.items())]
        runs = client.search_runs(
            [found.experiment_id], " and ".join(conditions), order_by=["attributes.start_time DESC"], max_results=1
        )
        return str(runs[0].info.run_id) if runs else None


def read_run_metrics(tracking_uri: str, run_id: str) -> dict[str, float]:
    """Every metric of a run, its last value.

    Raises:
        UnavailableError: the MLflow server does not answer, or has no such run.
    """
    with _clear_errors(tracking_uri):
        return dict(MlflowClient(tracking_uri).get_run(run_id).data.metrics)


def read_run_artifact(tracking_uri: str, run_id: str, path: str) -> bytes:
    """Content of one artifact of a run.

    Raises:
        UnavailableError: the MLflow server or its store does not answer, or has no such artifact.
    """
    with _clear_errors(tracking_uri), TemporaryDirectory() as folder:
        return Path(MlflowClient(tracking_uri).download_artifacts(run_id, path, folder)).read_bytes()


@contextmanager
def download_run_folder(tracking_uri: str, run_id: str, path: str) -> Iterator[Path]:
    """A folder of a run's artifacts, in a folder that is gone afterwards; it may hold nothing.

    Raises:
        UnavailableError: the MLflow server or its store does not answer.
    """
    with TemporaryDirectory() as folder:
        with _clear_errors(tracking_uri):
            MlflowClient(tracking_uri).download_artifacts(run_id, path, folder)
        yield Path(folder) / path


def _experiment_id(client: MlflowClient, name: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    try:
        return str(client.create_experiment(name, tags=_EXPERIMENT_TAGS))
    except MlflowException:  # another task made it in between
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return str(found.experiment_id)


@contextmanager
def _clear_errors(tracking_uri: str) -> Iterator[None]:
    try:
        yield
    except MlflowException as error:
        first_line = str(error).splitlines()[0]
        raise UnavailableError(f"MLflow at {tracking_uri} does not answer as it should: {first_line}") from error
