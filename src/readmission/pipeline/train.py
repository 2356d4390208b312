"""Step `train`: the best candidate, trained on the whole train split, calibrated and registered.

The best has the lowest mean log-loss over the folds (all three classes, so both targets count, and
calibration too); equal ones are told apart by T1 AUC, then by name. Validation metrics are logged for the
gate; the test split is scored once, when a version is registered, and decides nothing. The model card is written
then too, from the same numbers, and stored with the model's files.
"""

import io
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from readmission.contract.metric_names import CROSS_VALIDATION, add_group, read_group
from readmission.contract.target import T1, T2
from readmission.errors import ArtifactError, ConflictError, NotFoundError
from readmission.learning.build_model import build_model, export_model
from readmission.learning.candidate import Probabilities
from readmission.learning.candidates import find_candidate, list_candidates
from readmission.learning.measures.importance import draw_importance, measure_importance
from readmission.learning.measures.metrics import Labels, measure
from readmission.learning.measures.plots import draw_plots
from readmission.learning.measures.quality_plots import draw_quality_plots
from readmission.learning.measures.subgroups import Subgroup
from readmission.learning.model_card import CardFacts, collect_facts, find_empty_card_items, write_card
from readmission.learning.split_data import SplitData
from readmission.model.artifact import Manifest, add_documents, verify_artifact
from readmission.model.reasons import open_reasons
from readmission.model.session import open_model
from readmission.pipeline.cross_validate import (
    Say,
    candidate_tags,
    describe_metrics,
    log_splits,
    read_out_of_fold,
    run_origin,
    say_nothing,
)
from readmission.pipeline.training_data import load_split
from readmission.settings import Settings
from readmission.storage.pipeline.clean_encounters import count_clean_rows
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.experiment_runs import ExperimentRun, find_finished_run, read_run_metrics, start_run
from readmission.storage.registry.model_registry import ARTIFACT_PATH, ModelRegistry
from readmission.storage.registry.registered_version import RegisteredVersion
from readmission.storage.registry.training_runs import EXPERIMENT


def train_best_candidate(settings: Settings, say: Say = say_nothing) -> dict[str, Any]:
    """Train the best candidate on all of train and register it with its card.

    A model that is registered with a whole card is not registered again. One whose card is missing or has an empty
    item, or whose files were changed (the gate refuses both), gets a new version as soon as its card can be whole.

    Returns:
        Version, candidate, model hash, and whether the version is new.

    Raises:
        NotFoundError: no candidate was trained on these rows by this code.
        UnavailableError: PostgreSQL or MLflow does not answer.
    """
    train = load_split(settings, "train")
    name, candidate_run, metrics = find_best(settings, train)
    out_of_fold = read_out_of_fold(settings, candidate_run, len(train.data.labels))
    rounds = int(metrics["rounds"]) if "rounds" in metrics else None
    say(f"best candidate: {name}, {describe_metrics(metrics, rounds)}")
    say(f"{name}: training on {len(train.data.labels)} encounters")
    built = build_model(train.data, find_candidate(name), out_of_fold, settings.seed, rounds, train.dropped)
    with TemporaryDirectory() as folder:
        manifest, manifest_sha256 = export_model(
            Path(folder),
            built,
            dataset={"kind": train.dataset.kind, "sha256": train.dataset.sha256},
            training_data_sha256=train.sha256,
            code_commit=settings.code_commit,
            seed=settings.seed,
            python_version=platform.python_version(),
        )
        open_model(Path(folder), manifest_sha256)  # what is registered has answered its own probe
        registry = ModelRegistry(settings)
        known = registry.find_model_hash(manifest.model_hash)
        if known is not None and not _find_empty_items(registry, known):
            return _summarise(known, name, manifest, new=False)
        held_out = {split: load_split(settings, split) for split in ("validation", "test")}
        probabilities = {split: built.predict(each.data) for split, each in held_out.items()}
        facts = _collect_facts(settings, manifest, metrics, {"train": train, **held_out}, probabilities)
        plots = {
            split: _draw_evidence(probabilities[split], each.data.labels, facts.measured[split].subgroups, manifest)
            for split, each in held_out.items()
        }
        manifest, manifest_sha256 = add_documents(Path(folder), manifest, write_card(facts, plots))
        if known is not None and find_empty_card_items(Path(folder), manifest):
            return _summarise(known, name, manifest, new=False)  # the card cannot be whole yet: nothing gained
        logged = add_group(metrics, CROSS_VALIDATION)
        for split, each in held_out.items():
            measured = measure(probabilities[split], each.data.labels)
            say(f"{name}: {split}, {len(each.data.labels)} encounters: {describe_metrics(measured)}")
            logged |= add_group(measured, split)
        splits = {"train": train, **held_out}
        version = _register(settings, splits, manifest, manifest_sha256, Path(folder), candidate_run, logged, plots)
    return _summarise(version, name, manifest, new=True)


def _summarise(version: RegisteredVersion, candidate: str, manifest: Manifest, *, new: bool) -> dict[str, Any]:
    return {"version": version.version, "candidate": candidate, "model_hash": manifest.model_hash, "new": new}


def _find_empty_items(registry: ModelRegistry, version: RegisteredVersion) -> tuple[str, ...]:
    """What the stored card of a version lacks; files that were changed hold no card at all."""
    with registry.download(version) as folder:
        try:
            return find_empty_card_items(folder, verify_artifact(folder, version.tags.get("manifest_sha256")))
        except ArtifactError as error:
            return (error.message,)


def _collect_facts(
    settings: Settings,
    manifest: Manifest,
    cross_validated: Mapping[str, float],
    splits: Mapping[str, SplitData],
    probabilities: Mapping[str, Probabilities],
) -> CardFacts:
    with connect(settings.database.url) as connection:
        rows = count_clean_rows(connection)
    candidate = find_candidate(manifest.candidate)
    return collect_facts(settings.model_card, manifest, candidate, cross_validated, splits, probabilities, rows)


def _draw_evidence(
    probabilities: Probabilities, labels: Labels, subgroups: Sequence[Subgroup], manifest: Manifest
) -> dict[str, bytes]:
    """Every plot of a held-out split as PNG, by file name: the run keeps them, the card shows them."""
    figures = {
        **draw_plots(probabilities, labels),
        **draw_quality_plots(probabilities, labels, subgroups, manifest.threshold),
    }
    found = {}
    for file_name, figure in figures.items():
        content = io.BytesIO()
        figure.savefig(content, format="png", metadata={"Software": None})
        found[file_name] = content.getvalue()
    return found


def find_best(settings: Settings, train: SplitData) -> tuple[str, str, dict[str, float]]:
    """Name, run and mean cross-validated metrics of the best candidate trained on these rows.

    Raises:
        NotFoundError: none was trained.
    """
    found: list[tuple[str, str, dict[str, float]]] = []
    for name in list_candidates():
        run_id = find_finished_run(settings.mlflow_tracking_uri, EXPERIMENT, candidate_tags(settings, train, name))
        if run_id is not None:
            metrics = read_run_metrics(settings.mlflow_tracking_uri, run_id)
            found.append((name, run_id, read_group(metrics, CROSS_VALIDATION)))
    if not found:
        raise NotFoundError("no candidate was trained on these rows by this code: run `readmission cross-validate`")
    return min(found, key=lambda each: (round(each[2]["log_loss"], 6), -each[2]["risk_30d_roc_auc"], each[0]))


def _register(
    settings: Settings,
    splits: Mapping[str, SplitData],
    manifest: Manifest,
    manifest_sha256: str,
    folder: Path,
    candidate_run: str,
    metrics: Mapping[str, float],
    plots: Mapping[str, Mapping[str, bytes]],
) -> RegisteredVersion:
    """Log the model with its metrics and plots, then register it, last, so that a version is always whole."""
    train = splits["train"]
    origin = run_origin(settings, train)
    with start_run(settings.mlflow_tracking_uri, EXPERIMENT, f"model {manifest.model_hash[:8]}", origin) as run:
        run.set_tags({"kind": "model", "candidate": manifest.candidate, "candidate_run_id": candidate_run})
        run.log_params(
            {
                "candidate": manifest.candidate,
                "seed": settings.seed,
                "features": len(manifest.feature_names),
                "dropped": ", ".join(train.dropped),
                "threshold": manifest.threshold,
                "training_data_sha256": train.sha256,
                "rows": len(train.data.labels),
            }
        )
        title = find_candidate(manifest.candidate).title
        run.describe(
            f"{title}: trained on the whole train split, calibrated on the folds. The gate decides by `validation`; "
            "`test` was measured once and decides nothing. The model card is among the artifacts."
        )
        log_splits(run, splits)
        run.log_metrics(metrics)
        for split, pictures in plots.items():
            for file_name, content in pictures.items():
                run.log_bytes(content, f"plots/{split}_{file_name}")
        run.log_folder(folder, ARTIFACT_PATH)
        _log_importance(settings, run, folder)
        tags = {
            "model_hash": manifest.model_hash,
            "manifest_sha256": manifest_sha256,
            "dataset_kind": train.dataset.kind,
            "dataset_sha256": train.dataset.sha256,
            "threshold": repr(manifest.threshold),
            "candidate": manifest.candidate,
        }
        return ModelRegistry(settings).register(run.run_id, tags, title)


def _log_importance(settings: Settings, run: ExperimentRun, folder: Path) -> None:
    """What moves the risks of validation patients; nothing for a model without exact reasons."""
    model = open_model(folder)
    try:
        reasons = open_reasons(folder, model)
    except ConflictError:
        return
    found = measure_importance(model, reasons, load_split(settings, "validation").data.encounters, settings.seed)
    run.log_json({target: found.by_group(target) for target in (T1, T2)}, "importance.json")
    for file_name, figure in draw_importance(found).items():
        run.log_figure(figure, f"plots/{file_name}")
