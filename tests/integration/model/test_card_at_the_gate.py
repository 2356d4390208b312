"""The card of a registered version: stored with its files; the gate reads it back and refuses one that is not whole."""

import shutil
from pathlib import Path

import pytest

from readmission.learning.model_card import find_empty_items
from readmission.model.artifact import CARD_FILE, CARD_PAGE_FILE, add_documents, verify_artifact
from readmission.pipeline.cross_validate import cross_validate_candidate
from readmission.pipeline.promote import promote_version
from readmission.pipeline.train import train_best_candidate
from readmission.settings import ModelCardSettings, Settings
from readmission.storage.pipeline.promotions import list_promotions
from readmission.storage.registry.experiment_runs import read_run_metrics
from readmission.storage.registry.model_registry import ModelRegistry
from tests.conftest import as_role
from tests.integration.inference_service.conftest import Registry
from tests.small_model import SmallModel


@pytest.fixture
def evaluated(settings: Settings) -> str:
    """Number of a version registered by the real steps."""
    cross_validate_candidate(settings, "logistic-regression")
    return str(train_best_candidate(settings)["version"])


@pytest.fixture
def files(settings: Settings, evaluated: str, tmp_path: Path) -> Path:
    """A copy of its files."""
    models = ModelRegistry(settings)
    with models.download(models.find_version(evaluated)) as folder:
        shutil.copytree(folder, tmp_path / "files")
    return tmp_path / "files"


def register_with(registry: Registry, folder: Path, documents: dict[str, bytes]) -> str:
    """The same model as a version of its own, every hash right, with these documents in place of its card."""
    manifest = verify_artifact(folder)
    for name in (CARD_FILE, CARD_PAGE_FILE):
        manifest.files.pop(name)
        (folder / name).unlink()
    model = SmallModel(folder, *add_documents(folder, manifest, documents))
    return registry.register(model, {"dataset_kind": "file"})


def test_the_card_is_stored_with_the_version_and_tells_what_the_run_measured(settings: Settings, files: Path) -> None:
    manifest = verify_artifact(files)
    assert {CARD_FILE, CARD_PAGE_FILE} <= manifest.files.keys()
    card = (files / CARD_FILE).read_text()
    assert find_empty_items(card) == ()
    assert manifest.model_hash in card
    assert manifest.training_data_sha256 in card
    version = ModelRegistry(settings).list_versions()[0]
    metrics = read_run_metrics(settings.mlflow_tracking_uri, version.run_id)
    for name in ("validation/risk_30d/roc_auc", "test/risk_any/roc_auc"):
        assert f"| {metrics[name]:.3f} (" in card or f" | {metrics[name]:.3f} (" in card, name
    assert 'src="data:image/png;base64,' in (files / CARD_PAGE_FILE).read_text()


@pytest.mark.parametrize("item", ["HTI-1 (5)(ii)", "TRIPOD+AI 26", "Known failures"])
def test_a_version_whose_card_has_an_empty_item_is_refused(
    settings: Settings, registry: Registry, files: Path, item: str
) -> None:
    kept, emptied = [], False
    for line in (files / CARD_FILE).read_text().splitlines():
        if line.startswith("#"):
            emptied = line.lstrip("# ").partition(" · ")[0] == item
            kept.append(line)
        elif not emptied:
            kept.append(line)
    documents = {CARD_FILE: "\n".join(kept).encode(), CARD_PAGE_FILE: (files / CARD_PAGE_FILE).read_bytes()}
    version = register_with(registry, files, documents)
    refused = promote_version(as_role(settings, "readmission_gate"), "tester", version)
    assert refused["decision"] == "refused"
    assert refused["reason"] == f"refused: model_card is {item}, must be no item empty"
    assert ModelRegistry(settings).find_champion() is None
    row = list_promotions(settings.database.url, limit=1)[0]
    assert [check for check in row["evidence"]["checks"] if not check["passed"]] == [
        {"name": "model_card", "value": item, "bound": "no item empty", "passed": False}
    ]


def test_a_version_without_a_card_is_refused(settings: Settings, registry: Registry, files: Path) -> None:
    version = register_with(registry, files, {})
    refused = promote_version(as_role(settings, "readmission_gate"), "tester", version)
    assert refused["decision"] == "refused"
    assert f"{CARD_FILE} (missing), {CARD_PAGE_FILE} (missing)" in refused["reason"]


def test_a_version_without_a_contact_waits_until_there_is_one(settings: Settings, registry: Registry) -> None:
    nameless = settings.model_copy(update={"model_card": ModelCardSettings(contact="")})
    cross_validate_candidate(nameless, "logistic-regression")
    first = train_best_candidate(nameless)
    refused = promote_version(as_role(nameless, "readmission_gate"), "tester")
    assert refused["decision"] == "refused"
    assert "HTI-1 (1)(i)" in refused["reason"]
    # As long as nothing is said, nothing is registered again.
    assert train_best_candidate(nameless) == {**first, "new": False}

    second = train_best_candidate(settings)
    assert second["new"]
    assert second["model_hash"] == first["model_hash"]
    assert promote_version(as_role(settings, "readmission_gate"), "tester")["decision"] == "promoted"
    assert train_best_candidate(settings) == {**second, "new": False}
    assert promote_version(as_role(settings, "readmission_gate"), "tester")["decision"] == "kept"

    registry.break_file(second["version"], "encoder.json", b"{}")
    third = train_best_candidate(settings)
    assert third == {**second, "version": str(int(second["version"]) + 1), "new": True}
