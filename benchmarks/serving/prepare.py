"""What every run of the comparison needs: the model, the encounters to ask for, PostgreSQL, ports."""

import argparse
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.serving.model import make_model
from readmission.storage.postgres.migrate import migrate
from readmission.storage.registry.local_models import LocalModels, RememberedVersion
from tests.conftest import run_postgres
from tests.signing import TestGate, record_decision

ENVIRONMENTS = Path(__file__).parents[2] / ".readmission-bench"


@dataclass(frozen=True)
class Bench:
    """``settings``: environment variables of our service. ``postgres_pid``: of the server's first process."""

    folder: Path
    model: Path
    encounters: list[dict[str, Any]]
    settings: dict[str, str]
    postgres_pid: int
    superuser_url: str


@contextmanager
def prepared() -> Iterator[Bench]:
    """The model file, and a PostgreSQL with the service's tables, while the block runs."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-serving-") as name,
        run_postgres(Path(name) / "postgres") as postgres,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        models = folder / "state" / "inference_service" / "models"
        model = models / "versions" / "1"  # where checkouts from before versions were kept by hash look for it
        model.parent.mkdir(parents=True)
        sha256, encounters = make_model(model)
        local, kept = LocalModels(models), RememberedVersion("1", sha256)
        local.folder_of(kept).symlink_to(model)
        gate = TestGate.make(folder / "gate")
        signed = gate.sign(kept.version, sha256)
        local.remember_champion(kept, signed)
        for schema in ("pipeline", "serving"):
            migrate(schema, postgres.url("readmission_migrator"))
        record_decision(postgres.url("readmission_gate").get_secret_value(), kept.version, signed)
        settings = {
            **gate.environment,
            "READMISSION_STATE_DIR": str(folder / "state"),
            "READMISSION_SERVING_DATABASE__URL": postgres.url("readmission_serving").get_secret_value(),
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        }
        yield Bench(folder, model, encounters, settings, postgres.processes[-1].pid, postgres.superuser_url)


def read_pair(text: str) -> tuple[str, str]:
    """``NAME=VALUE`` of a command line."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def free_ports() -> int:
    """The first of three free ports in a row."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port < 65_000:
            return port


def say(line: str) -> None:
    """Show progress."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
