"""A running system, whatever runs it: local mode, compose, or Kubernetes behind port-forwards.

`DEPLOYMENT` names what holds the keys: a folder of `readmission make-secrets`, or a state folder of `make up`.
Addresses are the ports all three modes share on loopback; `DEPLOYMENT_INFERENCE`, `_DATA`, `_UI`, `_AIRFLOW` and
`_PROMETHEUS` name others.
`DEPLOYMENT_PROMETHEUS=none` says that nothing scrapes here.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import httpx

from readmission.local.environment import read_env_file

_PORTS = {"inference": 8000, "data": 8001, "ui": 7860, "airflow": 8080, "prometheus": 9090}


@dataclass(frozen=True)
class Deployment:
    """Where each part answers, and who asks."""

    addresses: dict[str, str]
    api_key: str
    admin_key: str
    airflow_password: str

    @classmethod
    def from_environment(cls) -> "Deployment | None":
        """The one `DEPLOYMENT` names; None if it names none."""
        named = os.environ.get("DEPLOYMENT")
        if not named:
            return None
        folder = Path(named)
        addresses = {
            part: os.environ.get(f"DEPLOYMENT_{part.upper()}", f"http://127.0.0.1:{port}")
            for part, port in _PORTS.items()
        }
        if (folder / "operator.env").is_file():
            secrets = json.loads((folder / "all.json").read_text())
            key = read_env_file(folder / "operator.env")["READMISSION_INFERENCE_SERVICE__API_KEY"]
        else:
            secrets = json.loads((folder / "secrets.json").read_text())
            key = secrets["inference_service_admin"]
        return cls(addresses, key, secrets["inference_service_admin"], secrets["airflow_admin"])

    def client(self, part: str, seconds: float = 60) -> httpx.Client:
        """A client of a part that carries the operator's key; proxies of the environment are not asked."""
        return httpx.Client(
            base_url=self.addresses[part],
            headers={"X-API-Key": self.api_key},
            timeout=seconds,
            trust_env=False,
            follow_redirects=True,
        )
