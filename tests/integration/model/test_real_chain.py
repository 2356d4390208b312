"""The model pipeline on the whole real data set, each step a process of its own, two at a time, as Airflow runs it."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mlflow import MlflowClient

from readmission.contract.encounter import COLUMN_NAMES
from readmission.learning.model_card import find_empty_items
from readmission.model.artifact import CARD_FILE, CARD_PAGE_FILE
from readmission.settings import Settings
from readmission.storage.registry.model_registry import ModelRegistry
from tests.clean_tables import fill_clean_tables, read_real_frame
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry

SOURCE = str(Path(__file__).parents[3] / "src")


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_real_data_gives_a_good_champion_twice(
    settings: Settings, registry: Registry, empty_database: RunningPostgres, real_dataset: Path
) -> None:
    frame: pl.DataFrame = read_real_frame(real_dataset).select(COLUMN_NAMES)
    fill_clean_tables(empty_database.url("readmission_migrator").get_secret_value(), frame, "uci")
    assert settings.database.url is not None
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")},
        **registry.service_environment,
        "PYTHONPATH": SOURCE,
        "READMISSION_DATABASE__URL": settings.database.url.get_secret_value(),
    }

    def run(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-c", "from readmission.cli import main; main()", *arguments, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    names = [each["candidate"] for each in run("list-candidates")["candidates"]]
    with ThreadPoolExecutor(2) as pool:
        trained = list(pool.map(lambda name: run("cross-validate", "--candidate", name), names))
    evaluated = run("train")
    promoted = run("promote", "--actor", "test")
    champion = ModelRegistry(Settings(mlflow_tracking_uri=registry.url)).find_champion()
    assert champion is not None
    metrics = MlflowClient(registry.url).get_run(champion.run_id).data.metrics
    sys.stdout.write("".join(json.dumps(each) + "\n" for each in [*trained, evaluated, promoted, metrics]))

    assert evaluated["candidate"] == "lightgbm"
    assert promoted["decision"] == "promoted"
    assert metrics["test/risk_30d/roc_auc"] >= 0.665
    assert metrics["test/risk_any/roc_auc"] >= 0.695
    assert metrics["test_risk_30d_ece"] <= 0.02
    assert metrics["test_risk_any_ece"] <= 0.02
    with ModelRegistry(Settings(mlflow_tracking_uri=registry.url)).download(champion) as folder:
        card, page = ((folder / name).read_text() for name in (CARD_FILE, CARD_PAGE_FILE))
    assert find_empty_items(card) == ()
    assert "SYNTHETIC" not in card
    for name in ("validation/risk_30d/roc_auc", "test/risk_any/roc_auc"):
        assert f" {metrics[name]:.3f} (" in card
    assert "**Age gap.** Discrimination within 30 days differs by age. validation: best for age: " in card
    assert page.count("data:image/png;base64,") == 10
    numbers = set(map(str, frame["patient_nbr"].to_list())) | set(map(str, frame["encounter_id"].to_list()))
    text = re.sub(r"data:image[^\"]+|\b[0-9a-f]{12,}\b", "", card + page)  # pictures and hashes
    assert not numbers & set(re.findall(r"[0-9]{7,}", text.replace(",", "")))

    again = run("train")
    assert again == {**evaluated, "new": False}
    assert run("promote", "--actor", "test")["decision"] == "kept"
