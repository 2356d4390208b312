"""One running platform for the tests that look at it: every part real, small synthetic data, one DAG.

Prometheus and Alertmanager run the production files with shorter waits, so that CI can afford to see alerts fire
and resolve: scraped every two seconds, rules evaluated every second, each ``for:`` two seconds, each window of a
rule twenty seconds, alerts grouped for one. Expressions, bounds, labels, routes and inhibitions are those of
production. What needs the real waits has the fixture ``at_production_speed`` and is in the long form.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
import psycopg
import pytest

from readmission.contract.encounter import COLUMN_NAMES
from readmission.local.programs import observing
from readmission.local.programs.environment import read_env_file
from readmission.local.state.credentials import mlflow_login
from readmission.local.state.folder import StateFolder
from readmission.local.supervise import supervisor as supervision
from readmission.pipeline.cross_validate import cross_validate_candidate
from readmission.pipeline.ingest_batch import ingest_batch
from readmission.pipeline.list_batches import list_served_batches
from readmission.pipeline.profile_columns import profile_columns
from readmission.pipeline.promote import promote_version
from readmission.pipeline.train import train_best_candidate
from readmission.pipeline.transform_batch import transform_batch
from readmission.settings import Settings
from readmission.storage.pipeline.monitoring import CleanBatch, read_batch
from tests.conftest import free_port
from tests.integration.inference_service.conftest import wait_until

ROOT = Path(__file__).resolve().parents[2]
ROWS, BATCH = 8_000, 6_000
SERVICES = ("DATA_SERVICE", "INFERENCE_SERVICE", "UI", "METRICS_EXPORTER")


@dataclass
class WatchedPlatform:
    """A platform, and what the tests ask of its parts."""

    root: Path
    environment: dict[str, str]
    dags: Path

    @property
    def folder(self) -> StateFolder:
        return StateFolder(self.root)

    @property
    def settings(self) -> Settings:
        return Settings(_env_file=self.folder.env_file)

    def port(self, name: str) -> int:
        return int(self.environment[f"READMISSION_{name}"])

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port(name)}"

    def run(self, *arguments: str, seconds: float = 240, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """Run a verb; its summary."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "readmission"), *arguments],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
        assert done.returncode in codes, done.stdout[-3000:] + done.stderr[-3000:]
        lines = done.stdout.strip().splitlines()
        return dict(json.loads(lines[-1])) if lines and lines[-1].startswith("{") else {}

    @contextmanager
    def inside(self) -> Iterator[Settings]:
        """Settings for steps called in this process, with MLflow's S3 and its administrator in the environment."""
        before, wanted = dict(os.environ), read_env_file(self.folder.env_file)
        wanted |= mlflow_login(json.loads(self.folder.secrets_file.read_text()), "admin")
        os.environ.update({name: value for name, value in wanted.items() if name.startswith(("AWS_", "MLFLOW_"))})
        os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
        # boto3's default session keeps the keys it saw first: those of another test's S3.
        session, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, None
        try:
            yield self.settings
        finally:
            boto3.DEFAULT_SESSION = session
            os.environ.clear()
            os.environ.update(before)

    def take_in(self, settings: Settings) -> None:
        """Store and transform every batch on offer."""
        for batch in list_served_batches(settings)["batches"]:
            ingest_batch(settings, batch["split"], batch["number"])
            transform_batch(settings, batch["split"], batch["number"])

    def ask(self, path: str, **parameters: str) -> Any:
        """Data of an answer of Prometheus's API."""
        answer = httpx.get(f"{self.url('PORTS__PROMETHEUS')}/api/v1/{path}", params=parameters, timeout=30)
        assert answer.status_code == 200, (parameters, answer.text)
        return answer.json()["data"]

    def value(self, expression: str) -> float | None:
        """The one value of an expression, or None."""
        found = self.ask("query", query=expression)["result"]
        return float(found[0]["value"][1]) if found else None

    def firing(self) -> set[str]:
        """Alerts that fire in Prometheus and have reached Alertmanager; drift with its subject."""
        here = {_name(each["labels"]) for each in self.ask("alerts")["alerts"] if each["state"] == "firing"}
        return here & self.in_alertmanager().keys()

    def in_alertmanager(self) -> dict[str, set[str]]:
        """Active alert to the receivers Alertmanager sends it to."""
        answer = httpx.get(f"{self.url('PORTS__ALERTMANAGER')}/api/v2/alerts", timeout=30).json()
        return {_name(each["labels"]): {r["name"] for r in each["receivers"]} for each in answer}

    def configure(self, *, quick: bool) -> None:
        """Give Prometheus and Alertmanager the production files, with short waits or as they are; wait until read."""
        run, deploy = self.folder.run, ROOT / "deploy"
        rules = (deploy / "prometheus" / "alerts.yml").read_text()
        prometheus = (deploy / "prometheus" / "prometheus.yml").read_text()
        password = run / "prometheus" / "mlflow-metrics-password"
        prometheus = prometheus.replace("/run/secrets/mlflow-metrics-password", str(password))
        alertmanager = (deploy / "alertmanager" / "alertmanager.yml").read_text()
        if quick:
            rules = re.sub(r"for: \d+[mh]", "for: 2s", rules)
            rules = re.sub(r"\[(5m|15m|30m|1h|6h)\]", "[20s]", rules)
            prometheus = re.sub("(scrape_interval|scrape_timeout): .*", r"\1: 2s", prometheus)
            prometheus = re.sub("evaluation_interval: .*", "evaluation_interval: 1s", prometheus)
            alertmanager = alertmanager.replace("group_wait: 10s", "group_wait: 1s")
        (run / "prometheus" / "alerts.yml").write_text(rules)
        (run / "prometheus" / "prometheus.yml").write_text(prometheus)
        (run / "alertmanager" / "alertmanager.yml").write_text(alertmanager)
        for name in ("prometheus", "alertmanager"):
            pid = json.loads((run / f"{name}.pid").read_text())["pid"]
            psutil.Process(pid).send_signal(signal.SIGHUP)
        wait_until(lambda: (self.longest_wait() <= 2) == quick, "the rules are read", 30)

    def longest_wait(self) -> float:
        """The longest ``for:`` of the rules in force, in seconds."""
        return max(float(rule["duration"]) for group in self.ask("rules")["groups"] for rule in group["rules"])

    def program(self, name: str, action: str) -> None:
        """Stop or start a program through the supervisor."""
        with supervision._calls(self.folder) as calls:
            (calls.stopProcess if action == "stop" else calls.startProcess)(name, True)

    def predict(self, encounters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """One request an encounter, a few at a time; the answers that came."""
        with (
            httpx.Client(base_url=self.url("INFERENCE_SERVICE__PORT"), timeout=30) as client,
            ThreadPoolExecutor(8) as pool,
        ):
            answers = list(pool.map(lambda encounter: client.post("/predict", json=encounter), encounters))
        return [answer.json() for answer in answers if answer.status_code == 200]

    def report(self, outcomes: dict[str, str]) -> dict[str, int]:
        """Report what became of predictions; how many reports were first ones, duplicates, corrections."""
        body = [{"prediction_id": prediction, "readmitted": label} for prediction, label in outcomes.items()]
        answer = httpx.post(f"{self.url('INFERENCE_SERVICE__PORT')}/outcomes", json=body, timeout=60)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def load(self, seconds: int) -> None:
        """A small load test, as `make load` runs it."""
        command = [sys.executable, "-m", "load_tests.run", "--users", "5", "--processes", "1", "--time", f"{seconds}s"]
        log = self.root / "load.log"
        with log.open("w") as output:
            done = subprocess.run(
                [*command, "--results", str(self.root / "load")], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
                env=self.environment | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, timeout=seconds + 200, check=False,
            )  # fmt: skip
        assert done.returncode == 0, log.read_text()[-3000:]

    def encounters(self, count: int, first_id: int) -> list[dict[str, Any]]:
        """Encounters like those of training, as a caller sends them."""
        with self.owner() as connection:
            rows = read_batch(connection, CleanBatch("train", 0))[:count]
        return [
            {"encounter_id": first_id + place, **{name: value for name, value in row.items() if value is not None}}
            for place, row in enumerate(rows)
        ]

    def raw_rows(self, count: int) -> list[dict[str, str]]:
        """Rows of the train split as served."""
        names = ", ".join(f'"{name}"' for name in COLUMN_NAMES)
        with self.owner() as connection:
            found = connection.execute(
                f"SELECT {names} FROM raw.encounters WHERE split = 'train' AND batch_number = 0 LIMIT {count}"
            )
            return [dict(zip(COLUMN_NAMES, row, strict=True)) for row in found.fetchall()]

    def as_gate(self, settings: Settings) -> Settings:
        """The settings of the gate's step: its file counts over the rest."""
        gate = Settings(_env_file=(self.folder.env_file, self.folder.step_secrets / "gate.env"))
        return settings.model_copy(update={"database": gate.database, "signing": gate.signing})

    def owner(self) -> psycopg.Connection:
        migrate = read_env_file(self.root / "step-secrets" / "migrate.env")
        return psycopg.connect(migrate["READMISSION_DATABASE__OWNER_URL"])


def _name(labels: dict[str, str]) -> str:
    return " ".join(filter(None, [labels["alertname"], labels.get("subject")]))


def fair_outcomes(answers: list[dict[str, Any]]) -> dict[str, str]:
    """Outcomes as the risks say: of those with a risk of 20 %, a fifth come back."""
    found, soon, later = {}, 0.0, 0.0
    for each in sorted(answers, key=lambda answer: answer["risk_30d"]):
        soon, later = soon + each["risk_30d"], later + each["risk_any"] - each["risk_30d"]
        label = "<30" if soon >= 0.5 else ">30" if later >= 0.5 else "NO"
        soon, later = soon - (label == "<30"), later - (label == ">30")
        found[str(each["prediction_id"])] = label
    return found


@pytest.fixture(scope="package")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedPlatform]:
    if observing.missing():
        pytest.skip(f"{', '.join(observing.missing())} not here: {observing.HINT}")
    dags = tmp_path_factory.mktemp("dags")
    for name in ("_tasks", "create_tables"):
        shutil.copy(ROOT / "dags" / f"{name}.py", dags)
    root = tmp_path_factory.mktemp("watched") / "state"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("READMISSION_", "AIRFLOW_"))}
    ports = Settings.model_fields["ports"].default.model_dump()
    own = {f"READMISSION_PORTS__{name.upper()}": str(free_port()) for name in ports}
    own |= {f"READMISSION_{name}__PORT": str(free_port()) for name in SERVICES}
    own |= {
        "READMISSION_STATE_DIR": str(root),
        "READMISSION_DATASET": "synthetic",
        "READMISSION_SYNTHETIC_ROWS": str(ROWS),
        "READMISSION_DATA_SERVICE__BATCH_SIZE": str(BATCH),
        "READMISSION_DAGS_DIR": str(dags),
        "PYTHONPATH": str(ROOT / "src"),
    }
    made = WatchedPlatform(
        root, {key: value for key, value in (kept | own).items() if key != "PYTHONDONTWRITEBYTECODE"}, dags
    )
    try:
        made.run("up", seconds=900)
        with made.inside() as settings:
            made.take_in(settings)
            profile_columns(settings)
            cross_validate_candidate(settings, "lightgbm")
            train_best_candidate(settings)
            assert promote_version(made.as_gate(settings), "tests")["decision"] == "promoted"
        models = f"{made.url('INFERENCE_SERVICE__PORT')}/models"
        wait_until(lambda: httpx.get(models, timeout=5).json()["live"] is not None, "a model is live", 60)
        made.configure(quick=True)
        yield made
    finally:
        made.run("clean", "--yes", codes=(0, 1, 4))


@pytest.fixture
def at_production_speed(watched: WatchedPlatform) -> Iterator[WatchedPlatform]:
    """The platform with the production files as they are."""
    watched.configure(quick=False)
    yield watched
    watched.configure(quick=True)
