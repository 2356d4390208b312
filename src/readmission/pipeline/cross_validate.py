"""Step `cross-validate`: measure one candidate in folds of patients of the train split, and log it in MLflow."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from readmission.contract.metric_names import CROSS_VALIDATION, add_group
from readmission.contract.origin import RunOrigin
from readmission.contract.target import T1, T2
from readmission.errors import UnavailableError
from readmission.learning.candidate import Probabilities
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import FOLDS, FoldResult, cross_validate
from readmission.learning.measures.plots import draw_plots
from readmission.learning.split_data import SplitData
from readmission.pipeline.check_candidate import check_candidate
from readmission.pipeline.training_data import load_split
from readmission.settings import Settings
from readmission.storage.registry.experiment_runs import ExperimentRun, read_run_artifact, start_run
from readmission.storage.registry.training_runs import EXPERIMENT

Say = Callable[[str], None]
"""Where a step says how far it is: a line for whoever reads the task's log."""
OUT_OF_FOLD_FILE = "cross_validation/out_of_fold.npy"


def say_nothing(_line: str) -> None:
    """For callers that want no progress."""


def cross_validate_candidate(settings: Settings, name: str, say: Say = say_nothing) -> dict[str, Any]:
    """Cross-validate a candidate in folds of patients: a run, with a run under it for each fold.

    The out-of-fold probabilities are stored with the run (numbers alone, in the order of ``encounter_id``):
    `train` calibrates on them.

    Returns:
        The run's id, the candidate, and its mean metrics.

    Raises:
        InvalidInputError: there is no such candidate, or it is broken.
        NotFoundError: there is nothing to train on.
        UnavailableError: PostgreSQL or MLflow does not answer.
    """
    candidate = find_candidate(name)
    train = load_split(settings, "train")
    check_candidate(candidate, train.data, settings.seed)
    origin = run_origin(settings, train)
    with start_run(settings.mlflow_tracking_uri, EXPERIMENT, name, origin) as run:
        run.set_tags({**candidate_tags(settings, train, name), "title": candidate.title})
        run.describe(
            f"{candidate.title}. Cross-validated in {FOLDS} folds of patients on {len(train.data.labels)} encounters "
            "of the train split; the metrics are means over the folds, each of which is a run below this one."
        )
        log_splits(run, {"train": train})
        run.log_params(
            {**candidate.parameters(), "folds": FOLDS, "seed": settings.seed, "rows": len(train.data.labels)}
        )

        def log_fold(result: FoldResult) -> None:
            title = f"{name} fold {result.fold}"
            say(f"{name}: fold {result.fold + 1} of {FOLDS}: {describe_metrics(result.metrics, result.rounds)}")
            with start_run(settings.mlflow_tracking_uri, EXPERIMENT, title, origin, run.run_id) as fold_run:
                fold_run.set_tags({"kind": "fold", "candidate": name, "fold": str(result.fold)})
                fold_run.describe(f"One of {FOLDS} folds: trained on the others' patients, measured on its own.")
                fold_run.log_metrics(add_group(result.metrics, CROSS_VALIDATION))
                if result.rounds is not None:
                    fold_run.log_params({"rounds": result.rounds})
                fold_run.log_curve(f"{CROSS_VALIDATION}/learning_curve/log_loss", result.learning_curve)

        say(f"{name}: {len(train.data.labels)} encounters of {train.data.patient_count} patients, {FOLDS} folds")
        found = cross_validate(train.data, candidate, settings.seed, train.dropped, log_fold)
        metrics = found.mean_metrics
        say(f"{name}: mean of {FOLDS} folds: {describe_metrics(metrics, found.rounds)}")
        measured = metrics if found.rounds is None else {**metrics, "rounds": found.rounds}
        run.log_metrics(add_group(measured, CROSS_VALIDATION))
        for file_name, figure in draw_plots(found.out_of_fold, train.data.labels).items():
            run.log_figure(figure, f"plots/{file_name}")
        run.log_bytes(_as_npy(found.out_of_fold), OUT_OF_FOLD_FILE)
        return {"run_id": run.run_id, "candidate": name, "rounds": found.rounds, **metrics}


def candidate_tags(settings: Settings, train: SplitData, name: str) -> dict[str, str]:
    """What a candidate's run is found by: same candidate, same rows, same seed, same code."""
    return {
        "kind": "candidate",
        "candidate": name,
        "training_data_sha256": train.sha256,
        "seed": str(settings.seed),
        "code_commit": settings.code_commit,
    }


def describe_metrics(metrics: Mapping[str, float], rounds: int | None = None) -> str:
    """The metrics a person looks at first, in a line."""
    trained = "" if rounds is None else f"; {rounds} rounds"
    soon, ever = metrics[f"{T1}_roc_auc"], metrics[f"{T2}_roc_auc"]
    return f"AUC {soon:.3f} within 30 days, {ever:.3f} at any time; log loss {metrics['log_loss']:.4f}{trained}"


def log_splits(run: ExperimentRun, splits: Mapping[str, SplitData]) -> None:
    """Name the rows of every split a run read."""
    for name, split in splits.items():
        context = "training" if name == "train" else name
        run.log_dataset(name, split.sha256, f"SELECT * FROM clean.{name}", len(split.data.labels), context)  # noqa: S608


def run_origin(settings: Settings, split: SplitData) -> RunOrigin:
    """Data and code of a run."""
    return RunOrigin(split.dataset.kind, split.dataset.sha256, settings.code_commit)


def read_out_of_fold(settings: Settings, run_id: str, rows: int) -> Probabilities:
    """The out-of-fold probabilities of a candidate's run, float64[rows, 3].

    Raises:
        UnavailableError: they cannot be read, or are of other rows.
    """
    content = read_run_artifact(settings.mlflow_tracking_uri, run_id, OUT_OF_FOLD_FILE)
    probabilities = np.load(io.BytesIO(content), allow_pickle=False)
    if probabilities.shape != (rows, 3):
        raise UnavailableError(f"run {run_id}: {OUT_OF_FOLD_FILE} is {probabilities.shape}, expected {(rows, 3)}")
    return np.asarray(probabilities, dtype=np.float64)


def _as_npy(values: Probabilities) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()
