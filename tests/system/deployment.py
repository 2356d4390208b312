"""A running system, whatever runs it: local mode, compose, or Kubernetes behind port-forwards.

`DEPLOYMENT` names what holds the keys: a folder of `readmission make-secrets`, or a state folder of `make up`.
Addresses are the ports all three modes share on loopback; `DEPLOYMENT_INFERENCE`, `_DATA`, `_UI`, `_AIRFLOW`,
`_MLFLOW`, `_POSTGRES` and `_PROMETHEUS` name others. `DEPLOYMENT_PROMETHEUS=none` says that nothing scrapes here.
`DEPLOYMENT_RESTART` is a command that stops the system and starts it again; without it that is not tested.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg

from readmission.contract.prediction import MODEL_NAME
from readmission.contract.promotion import Promotion
from readmission.local.programs.environment import read_env_file
from readmission.local.state.folder import GATE_KEY_FILE, StateFolder
from readmission.model.signature import ModelSigner
from readmission.storage.pipeline.promotions import record_promotion
from readmission.storage.postgres.databases import database_url

PORTS = {
    "inference": 8000,
    "data": 8001,
    "ui": 7860,
    "airflow": 8080,
    "mlflow": 5050,
    "postgres": 5433,
    "prometheus": 9090,
}
"""What each part listens on in every mode, unless a mode is told otherwise."""


@dataclass(frozen=True)
class Deployment:
    """Where each part answers, and who asks."""

    addresses: Mapping[str, str]
    api_key: str
    secrets: Mapping[str, str]
    """Every secret, by the names of ``readmission.local.state.credentials``."""
    signer: ModelSigner
    """Signs as the gate does."""
    restart: Callable[[], object] | None = None
    """Stops everything, and starts it again."""

    @classmethod
    def open(cls, folder: Path, ports: Mapping[str, int] = PORTS) -> "Deployment":
        """The deployment whose keys a folder holds; the environment may name addresses other than the ports."""
        addresses = {
            part: os.environ.get(f"DEPLOYMENT_{part.upper()}", f"http://127.0.0.1:{port}")
            for part, port in ports.items()
        }
        if (folder / "operator.env").is_file():
            secrets = json.loads((folder / "all.json").read_text())
            key = read_env_file(folder / "operator.env")["READMISSION_INFERENCE_SERVICE__API_KEY"]
            signer = ModelSigner(folder / GATE_KEY_FILE, folder / "trusted-keys.pem")
        else:
            state = StateFolder(folder)
            secrets = json.loads(state.secrets_file.read_text())
            key = secrets["inference_service_admin"]
            signer = ModelSigner(state.signing_key, state.trusted_keys)
        command = os.environ.get("DEPLOYMENT_RESTART")
        restart = partial(subprocess.run, command, shell=True, check=True) if command else None
        return cls(addresses, key, secrets, signer, restart)

    @property
    def admin_key(self) -> str:
        """Of the inference service."""
        return self.secrets["inference_service_admin"]

    @property
    def airflow_password(self) -> str:
        """Of its user ``admin``."""
        return self.secrets["airflow_admin"]

    def client(self, part: str, seconds: float = 60) -> httpx.Client:
        """A client of a part that carries the operator's key; proxies of the environment are not asked."""
        return httpx.Client(
            base_url=self.addresses[part],
            headers={"X-API-Key": self.api_key},
            timeout=seconds,
            trust_env=False,
            follow_redirects=True,
        )

    def promote_copy(self, version: str) -> str:
        """Register a version's files once more, and promote that as the gate does: with its role, signed by its key.

        The gate itself would call it a tie and keep the champion. The version goes live everywhere all the same, so a
        swap can be seen without training a better model.

        Returns:
            The new version's number.
        """
        found = self._ask_mlflow("GET", "model-versions/get", params={"name": MODEL_NAME, "version": version})
        copied = {key: found["model_version"][key] for key in ("name", "source", "run_id", "tags")}
        made = self._ask_mlflow("POST", "model-versions/create", json=copied)["model_version"]["version"]
        tags = {tag["key"]: tag["value"] for tag in copied["tags"]}
        row = Promotion(
            model_name=MODEL_NAME,
            decision="promoted",
            challenger_version=made,
            champion_version=version,
            live_version=made,
            reason=f"the system test promotes the files of version {version} once more",
            actor="tests/system",
            evidence={},
            dataset_kind=tags["dataset_kind"],
            dataset_sha256=tags["dataset_sha256"],
            code_commit="unknown",
            **asdict(self.signer.sign(MODEL_NAME, made, tags["manifest_sha256"], "champion")),
        )
        with self._connect("readmission_gate") as connection:
            record_promotion(connection, row)
        return str(made)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the pipeline's database, as the role that may only read."""
        with self._connect("readmission_reader") as connection:
            return connection.execute(statement).fetchall()

    def stored_predictions(self) -> set[str]:
        """Ids of all predictions in PostgreSQL."""
        return {str(row[0]) for row in self.query("SELECT prediction_id FROM serving.predictions")}

    def _connect(self, role: str) -> psycopg.Connection:
        server = urlsplit(self.addresses["postgres"])
        assert server.port is not None
        assert server.hostname is not None
        url = database_url(role, self.secrets[role], "readmission", server.port, server.hostname)
        return psycopg.connect(url, connect_timeout=10)

    def _ask_mlflow(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        address = f"{self.addresses['mlflow']}/api/2.0/mlflow/{path}"
        for left in reversed(range(3)):
            with httpx.Client(timeout=60, trust_env=False, auth=("admin", self.secrets["mlflow_admin"])) as client:
                try:
                    answer: dict[str, Any] = client.request(method, address, **arguments).raise_for_status().json()
                    return answer
                except httpx.RemoteProtocolError:  # a forwarded port of a cluster breaks off now and then
                    if not left:
                        raise
        raise AssertionError
