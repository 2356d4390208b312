"""From clean tables to a champion: each step as Airflow runs it, again and after a crash."""

import json
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from mlflow import MlflowClient

from readmission.contract.encounter import INPUT_COLUMNS
from readmission.contract.examples import EXAMPLES
from readmission.errors import InvalidInputError, NotFoundError
from readmission.learning.candidates import list_candidates
from readmission.model.session import open_model
from readmission.pipeline import promote as step
from readmission.pipeline.cross_validate import cross_validate_candidate
from readmission.pipeline.promote import promote_version
from readmission.pipeline.train import train_best_candidate
from readmission.settings import Settings
from readmission.storage.pipeline.promotions import list_promotions
from readmission.storage.registry.model_registry import ModelRegistry
from readmission.storage.registry.training_runs import EXPERIMENT, TrainingRuns
from tests.clean_tables import fill_clean_tables, frame_of_made_up_encounters
from tests.conftest import RunningPostgres, as_role
from tests.integration.inference_service.conftest import Registry


def decisions(settings: Settings) -> list[tuple[str, str | None]]:
    """Decision and live version of every row, oldest first."""
    rows = list_promotions(settings.database.url, limit=50)
    return [(row["decision"], row["live_version"]) for row in reversed(rows)]


def test_the_whole_chain_and_its_second_run(settings: Settings, registry: Registry, tmp_path: Path) -> None:
    trained = {name: cross_validate_candidate(settings, name) for name in list_candidates()}
    evaluated = train_best_candidate(settings)
    promoted = promote_version(as_role(settings, "readmission_gate"), "tester")

    assert evaluated["new"]
    assert evaluated["candidate"] == min(trained, key=lambda name: round(trained[name]["log_loss"], 6))
    assert promoted["decision"] == "promoted"
    assert promoted["champion"] == evaluated["version"]

    client = MlflowClient(registry.url)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    for name, summary in trained.items():
        run = client.get_run(summary["run_id"])
        assert run.info.status == "FINISHED"
        folds = client.search_runs([experiment.experiment_id], f"tags.`mlflow.parentRunId` = '{summary['run_id']}'")
        assert len(folds) == 4
        assert np.isclose(
            np.mean([fold.data.metrics["cross_validation/log_loss"] for fold in folds]), summary["log_loss"]
        )
        expected = {"risk_30d/roc_auc", "risk_any/pr_auc", "risk_30d/brier", "risk_any/ece", "log_loss"}
        assert {f"cross_validation/{metric}" for metric in expected} <= set(run.data.metrics)
        assert "Cross-validated in 4 folds of patients" in run.data.tags["mlflow.note.content"]
        assert run.inputs is not None
        (given,) = run.inputs.dataset_inputs
        assert (given.dataset.name, given.tags[0].value) == ("train", "training")
        curves = [
            client.get_metric_history(fold.info.run_id, "cross_validation/learning_curve/log_loss") for fold in folds
        ]
        assert all(curve and curve[0].value > curve[-1].value for curve in curves) == (name == "lightgbm")
        assert run.data.params["seed"] == str(settings.seed)
        plots = {item.path for item in client.list_artifacts(summary["run_id"], "plots")}
        assert plots == {"plots/roc.png", "plots/precision_recall.png", "plots/calibration.png"}, name

    shown = {run.candidate: run for run in TrainingRuns(registry.url, registry.login).newest()}  # in Prometheus
    assert {name: run.metrics["log_loss"] for name, run in shown.items()} == {
        name: summary["log_loss"] for name, summary in trained.items()
    }
    assert not any(run.failed for run in shown.values())
    assert all(run.duration_seconds > 0 for run in shown.values())

    models = ModelRegistry(settings)
    champion = models.find_champion()
    assert champion is not None
    assert {"model_hash", "manifest_sha256", "dataset_kind", "dataset_sha256", "threshold", "candidate"} <= set(
        champion.tags
    )
    run = client.get_run(champion.run_id)
    logged = {item.path for item in client.list_artifacts(champion.run_id, "plots")}
    assert {"plots/importance.png", "plots/dependence.png"} <= logged or evaluated["candidate"] == "extra-trees"
    assert {"validation/risk_30d/roc_auc", "test/risk_any/ece", "cross_validation/log_loss"} <= set(run.data.metrics)
    assert all("/" in name for name in run.data.metrics)
    assert run.inputs is not None
    assert {each.dataset.name for each in run.inputs.dataset_inputs} == {"train", "validation", "test"}
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    with models.download(champion) as folder:
        manifest = open_model(folder, champion.tags["manifest_sha256"]).manifest
    assert manifest.dataset == {"kind": "file", "sha256": "test"}
    assert manifest.code_commit == "test-commit"
    assert repr(manifest.threshold) == champion.tags["threshold"]

    # The same data, code and seed again: the same model, registered once; the champion is kept.
    for name in list_candidates():
        assert cross_validate_candidate(settings, name)["log_loss"] == trained[name]["log_loss"]
    again = train_best_candidate(settings)
    assert again == {**evaluated, "new": False}
    kept = promote_version(as_role(settings, "readmission_gate"), "tester")
    assert kept["decision"] == "kept"
    assert kept["reason"].startswith("tie")
    assert decisions(settings) == [("promoted", evaluated["version"]), ("kept", evaluated["version"])]


# MLflow's own type hints, met on importing mlflow.pyfunc.
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")
def test_mlflow_itself_opens_and_scores_the_model(settings: Settings, registry: Registry) -> None:
    import mlflow

    cross_validate_candidate(settings, "logistic-regression")
    train_best_candidate(settings)
    promote_version(as_role(settings, "readmission_gate"), "tester")
    mlflow.set_tracking_uri(registry.url)
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "load-the-model.md").read_text(encoding="utf-8")
    recipe = page.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(textwrap.dedent(recipe), names)
    model, answers = names["model"], names["answers"]
    assert model.metadata.get_input_schema().input_names() == [column.name for column in INPUT_COLUMNS]
    champion = ModelRegistry(settings).find_champion()
    assert champion is not None
    with ModelRegistry(settings).download(champion) as folder:
        expected = open_model(folder).score(list(EXAMPLES.values()))
        flavors = json.loads((folder / "MLmodel").read_text())["flavors"]
    np.testing.assert_allclose(answers["risk_30d"], expected[:, 2], atol=1e-7)
    np.testing.assert_allclose(answers["risk_any"], expected[:, 1] + expected[:, 2], atol=1e-7)
    assert flavors["python_function"]["loader_module"] == "readmission.model.pyfunc"
    assert not {"code", "python_model"} & set(flavors["python_function"])


def test_the_command_line_lists_decisions(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from readmission.cli import app, register_verbs
    from readmission.settings import load_settings

    assert settings.database.url is not None
    monkeypatch.setenv("READMISSION_DATABASE__URL", settings.database.url.get_secret_value())
    load_settings.cache_clear()
    register_verbs()
    try:
        assert "No decision was taken yet." in CliRunner().invoke(app, ["promotions"]).stdout
        cross_validate_candidate(settings, "logistic-regression")
        version = train_best_candidate(settings)["version"]
        promote_version(as_role(settings, "readmission_gate"), "tester")
        line = json.loads(CliRunner().invoke(app, ["promotions", "--json"]).stdout)
        table = CliRunner().invoke(app, ["promotions"], env={"COLUMNS": "200"}).stdout
    finally:
        load_settings.cache_clear()
    assert (line["decision"], line["live_version"], line["actor"]) == ("promoted", version, "tester")
    assert {check["name"] for check in line["evidence"]["checks"]} >= {"inputs", "risk_30d_ece", "risk_any_optimism"}
    assert line["evidence"]["validation"]["patients"] > 0
    assert "first champion: every floor is met" in table


class CrashedError(BaseException):
    """Stands for a killed process: nothing catches it."""


def test_a_crash_between_the_decision_and_the_alias_is_made_good(
    settings: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    cross_validate_candidate(settings, "logistic-regression")
    version = train_best_candidate(settings)["version"]

    def crash(*_: Any) -> None:
        raise CrashedError

    with monkeypatch.context() as patched:
        patched.setattr(ModelRegistry, "set_champion", crash)
        with pytest.raises(CrashedError):
            promote_version(as_role(settings, "readmission_gate"), "tester")
    models = ModelRegistry(settings)
    assert models.find_champion() is None
    assert decisions(settings) == [("promoted", version)]  # the decision outlived the crash

    summary = promote_version(as_role(settings, "readmission_gate"), "tester")
    champion = models.find_champion()
    assert champion is not None
    assert champion.version == version
    assert summary["repaired_alias"] == version
    assert decisions(settings) == [("promoted", version), ("kept", version)]


def test_a_version_whose_files_were_changed_is_refused(settings: Settings, registry: Registry) -> None:
    cross_validate_candidate(settings, "logistic-regression")
    version = train_best_candidate(settings)["version"]
    registry.break_file(version, "encoder.json", b"{}")
    summary = promote_version(as_role(settings, "readmission_gate"), "tester")
    assert summary["decision"] == "refused"
    assert "encoder.json" in summary["reason"]
    assert ModelRegistry(settings).find_champion() is None
    assert decisions(settings) == [("refused", None)]


def test_a_synthetic_champion_does_not_defend_against_real_data(
    settings: Settings, empty_database: RunningPostgres
) -> None:
    owner = empty_database.url("readmission_migrator").get_secret_value()
    fill_clean_tables(owner, frame_of_made_up_encounters(3000, seed=8), "synthetic")
    cross_validate_candidate(settings, "logistic-regression")
    first = train_best_candidate(settings)["version"]
    assert promote_version(as_role(settings, "readmission_gate"), "tester")["decision"] == "promoted"

    fill_clean_tables(owner, frame_of_made_up_encounters(2500, seed=9), "file")
    cross_validate_candidate(settings, "logistic-regression")
    second = train_best_candidate(settings)["version"]
    summary = promote_version(as_role(settings, "readmission_gate"), "tester")
    assert summary["decision"] == "promoted"
    assert "synthetic" in summary["reason"]
    assert decisions(settings) == [("promoted", first), ("promoted", second)]
    assert promote_version(as_role(settings, "readmission_gate"), "tester", version=first)["decision"] == "refused"


def test_steps_out_of_order_say_what_is_missing(settings: Settings, empty_database: RunningPostgres) -> None:
    with pytest.raises(InvalidInputError, match="no candidate 'no-such'; there are bagged-undersampling"):
        cross_validate_candidate(settings, "no-such")
    with pytest.raises(NotFoundError, match="run `readmission train` first"):
        promote_version(as_role(settings, "readmission_gate"), "tester")
    with pytest.raises(NotFoundError, match="has no version '7'"):
        step.find_challenger(ModelRegistry(settings), "7")
    owner = empty_database.url("readmission_migrator").get_secret_value()
    fill_clean_tables(owner, frame_of_made_up_encounters(300, seed=5), "file")
    with pytest.raises(NotFoundError, match="run `readmission cross-validate`"):
        train_best_candidate(settings)
    with psycopg.connect(owner) as connection:
        connection.execute("TRUNCATE clean.encounters")
    with pytest.raises(NotFoundError, match="0 clean train encounters"):
        cross_validate_candidate(settings, "lightgbm")
