"""Step `monitor`: compare what came since the champion was trained with what it was trained on, and measure it.

Recent predictions and every new batch are compared with the training profile that travels with the model.
Performance is estimated before labels come, measured once they are in, and the estimate's error is kept.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readmission.contract.origin import RunOrigin
from readmission.contract.target import CLASS_INDEX, T1, T2
from readmission.errors import ArtifactError, NotFoundError
from readmission.learning.drift.columns import MIN_ROWS, find_drift
from readmission.learning.drift.estimate_performance import estimate_performance
from readmission.learning.drift.measure_performance import measure_performance, slice_rows
from readmission.learning.monitor_report import render_monitor_report
from readmission.learning.training_profile import TrainingProfile, describe_columns
from readmission.model.artifact import PROFILE_FILE
from readmission.model.session import StoredModel, open_model
from readmission.settings import Settings
from readmission.storage.pipeline.monitoring import (
    MonitoredPrediction,
    PerformanceRow,
    has_report,
    list_batches_since_promotion,
    list_versions_with_outcomes,
    read_batch,
    read_predictions,
    record_performance,
    record_report,
)
from readmission.storage.pipeline.raw_encounters import read_dataset
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.experiment_runs import start_run
from readmission.storage.registry.model_registry import ModelRegistry
from readmission.storage.registry.recorded_champion import find_champion
from readmission.storage.registry.registered_version import RegisteredVersion

EXPERIMENT = "monitor"
WINDOW_ROWS = 20_000
WINDOW_DAYS = 30
Risks = Mapping[str, NDArray[np.float64]]


class NoChampionError(NotFoundError):
    """Nothing is live yet, so there is nothing to compare with."""


class Champion:
    """The version that is live by the record, opened: its model and its training profile.

    Raises:
        NoChampionError: nothing was promoted yet.
        ConflictError: versions were promoted, but none with a signature that counts.
        ArtifactError: its files were changed, or it has no profile (it was trained before there was one).
    """

    def __init__(self, settings: Settings) -> None:
        registry = ModelRegistry(settings)
        found = find_champion(settings, registry)
        if found is None:
            raise NoChampionError("there is no champion yet: run `readmission promote` first")
        self.registered: RegisteredVersion = found
        self.version = found.version
        with registry.download(found) as folder:
            self.model: StoredModel = open_model(folder, found.tags.get("manifest_sha256"))
            path = folder / PROFILE_FILE
            if not path.is_file():
                raise ArtifactError(f"version {found.version} has no {PROFILE_FILE}: train a new one")
            self.profile = TrainingProfile.read(json.loads(path.read_bytes()))

    def score(self, encounters: Sequence[Mapping[str, Any]]) -> Risks:
        """Both risks of encounters."""
        probabilities = self.model.score(encounters).astype(np.float64)
        return {T1: probabilities[:, 2], T2: probabilities[:, 1] + probabilities[:, 2]}


def monitor(settings: Settings) -> dict[str, Any]:
    """Compare, measure and record; what was recorded before is not recorded again.

    Returns:
        The version, the comparisons made with their drifted columns, and the metrics stored; before the first
        champion the version is None and nothing is compared.

    Raises:
        NotFoundError: there is no data.
        UnavailableError: PostgreSQL or MLflow does not answer.
    """
    try:
        champion = Champion(settings)
    except NoChampionError:
        return {"model_version": None, "predictions": 0, "outcomes": {}, "comparisons": [], "metrics": 0}
    comparisons = [*_compare_batches(settings, champion)]
    with connect(settings.serving_database.url, "READMISSION_SERVING_DATABASE__URL") as serving:
        recent = read_predictions(serving, champion.version, WINDOW_ROWS, WINDOW_DAYS, labelled=False)
        # Labels come late: those that come now may be of predictions a version before this one made.
        labelled = {
            version: read_predictions(serving, version, WINDOW_ROWS, WINDOW_DAYS, labelled=True)
            for version in list_versions_with_outcomes(serving, WINDOW_DAYS)
        }
    if len(recent) >= MIN_ROWS:
        source = f"{len(recent)} up to {recent[-1].prediction_id}"
        # Compared as the model read them: the training rows are ICD-9-CM.
        translate = champion.model.encoder.translation.translate
        encounters = [translate(prediction.encounter) for prediction in recent]
        comparisons += _compare(settings, champion, "predictions", source, encounters, risks_of(recent))
    measured = [estimate(recent, champion.version, settings.seed)]
    measured += [realise(predictions, version, settings.seed) for version, predictions in labelled.items()]
    with connect(settings.database.url) as connection:
        stored = sum(record_performance(connection, rows) for rows in measured)
    return {
        "model_version": champion.version,
        "predictions": len(recent),
        "outcomes": {version: len(predictions) for version, predictions in labelled.items()},
        "comparisons": comparisons,
        "metrics": stored,
    }


def _compare_batches(settings: Settings, champion: Champion) -> list[dict[str, Any]]:
    with connect(settings.database.url) as connection:
        batches = list_batches_since_promotion(connection, champion.version)
    found = []
    for batch in batches:
        with connect(settings.database.url) as connection:
            encounters = read_batch(connection, batch)
        if len(encounters) >= MIN_ROWS:
            found += _compare(settings, champion, "batch", batch.name, encounters, champion.score(encounters))
    return found


def _compare(
    settings: Settings,
    champion: Champion,
    subject: str,
    source: str,
    encounters: Sequence[Mapping[str, Any]],
    risks: Risks,
) -> list[dict[str, Any]]:
    """One comparison: its page in MLflow first, then its rows, so that a row always has its page."""
    with connect(settings.database.url) as connection:
        if has_report(connection, champion.version, subject, source):
            return []
        dataset = read_dataset(connection)
    columns = find_drift(champion.profile, encounters, risks)
    drifted = [column.column for column in columns if column.drifted]
    facts = {
        "compared": f"{len(encounters)} {'predictions' if subject == 'predictions' else f'rows of batch {source}'}",
        "with": f"the training rows of version {champion.version}",
        "drifted columns": len(drifted),
    }
    title = "Drift found" if drifted else "No drift found"
    page = render_monitor_report(title, facts, columns, champion.profile.columns, describe_columns(encounters))
    origin = RunOrigin(dataset.kind, dataset.sha256, settings.code_commit)
    name = f"{subject} of version {champion.version}"
    with start_run(settings.mlflow_tracking_uri, EXPERIMENT, name, origin) as run:
        run.set_tags({"model_version": champion.version, "subject": subject, "source": source})
        run.log_text(page, "drift_report.html")
        run.log_metrics({"columns_drifted": len(drifted), "largest_psi": max(column.psi for column in columns)})
    with connect(settings.database.url) as connection:
        if not has_report(connection, champion.version, subject, source):
            record_report(connection, champion.version, subject, source, len(encounters), columns)
    return [{"subject": subject, "source": source, "rows": len(encounters), "drifted": drifted}]


def risks_of(predictions: Sequence[MonitoredPrediction]) -> Risks:
    """Both risks of stored predictions."""
    return {
        T1: np.array([prediction.risk_30d for prediction in predictions]),
        T2: np.array([prediction.risk_any for prediction in predictions]),
    }


def estimate(predictions: Sequence[MonitoredPrediction], version: str, seed: int) -> list[PerformanceRow]:
    """Estimated metrics of predictions whose outcome may not be known yet; none below :data:`MIN_ROWS`."""
    if len(predictions) < MIN_ROWS:
        return []
    start, end = predictions[0].created_at, predictions[-1].created_at
    return [
        PerformanceRow(
            version, "estimated", start, end, target, "all", len(predictions), metric, each.value, each.low, each.high
        )
        for target, risks in risks_of(predictions).items()
        for metric, each in estimate_performance(risks, seed).items()
    ]


def realise(predictions: Sequence[MonitoredPrediction], version: str, seed: int) -> list[PerformanceRow]:
    """Realised metrics of predictions with outcomes, the subgroups' AUC, and the error of the estimate for them."""
    if len(predictions) < MIN_ROWS:
        return []
    start, end = predictions[0].created_at, predictions[-1].created_at
    labels = np.array([CLASS_INDEX[str(prediction.readmitted)] for prediction in predictions])
    # An encounter whose patient is not known counts as a patient of its own.
    patients = [-index - 1 if each.patient_nbr is None else each.patient_nbr for index, each in enumerate(predictions)]
    slices = slice_rows([prediction.encounter for prediction in predictions])
    rows = []

    def add(target: str, part: str, count: int, metric: str, value: float, *ends: float) -> None:
        rows.append(PerformanceRow(version, "realised", start, end, target, part, count, metric, value, *ends))

    for target, risks in risks_of(predictions).items():
        outcomes = labels == 2 if target == T1 else labels >= 1
        measured = measure_performance(outcomes, risks, patients, seed)
        for metric, each in measured.items():
            add(target, "all", len(predictions), metric, each.value, each.low, each.high)
        for metric, estimated in estimate_performance(risks, seed).items() if measured else ():
            error = estimated.value - measured[metric].value
            add(target, "all", len(predictions), f"{metric}_estimation_error", error)
        for part, chosen in slices.items():
            of_part = [patient for patient, is_in in zip(patients, chosen, strict=True) if is_in]
            found = measure_performance(outcomes[chosen], risks[chosen], of_part, seed, draws=50) if of_part else {}
            if found:
                each = found["roc_auc"]
                add(target, part, int(chosen.sum()), "roc_auc", each.value, each.low, each.high)
    return rows
