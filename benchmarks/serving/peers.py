"""What is compared: how each server is installed, started, asked, and how its answer is read."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SERVERS = Path(__file__).parent / "servers"
Encounter = Mapping[str, Any]


def _plain(encounter: Encounter) -> Any:
    return encounter


def _read_plain(answer: Any) -> float:
    return float(answer["risk_30d"])


@dataclass(frozen=True)
class Peer:
    """One server.

    ``requirements``: installed into an environment of its own; none: the project's own environment.
    ``command``: after the environment's bin folder, with ``{port}``. ``kind``: ``yardstick``, ``ours``, ``server``
    (a model server) or ``way`` (another way to serve). ``settings``: environment
    variables. ``read`` gives ``risk_30d``; None if there is none. ``patience``: how many times longer than the
    others it is loaded, where fewer answers than connections come in the time of a run.
    """

    name: str
    kind: str
    command: tuple[str, ...]
    requirements: tuple[str, ...] = ()
    path: str = "/predict"
    wrap: Callable[[Encounter], Any] = _plain
    read: Callable[[Any], float] | None = _read_plain
    settings: Mapping[str, str] = field(default_factory=dict)
    patience: int = 1

    def body(self, encounter: Encounter) -> bytes:
        """The request's body."""
        return json.dumps(self.wrap(encounter)).encode()

    def program(self, environments: Path, port: int) -> list[str]:
        """The command line."""
        bin_dir = environments / self.name.lower().replace(" ", "-") / "bin" if self.requirements else _OWN_BIN
        first, *rest = self.command
        return [str(bin_dir / first), *(part.replace("{port}", str(port)) for part in rest)]


_OWN_BIN = Path(sys.executable).parent
_GRANIAN = (
    "granian",
    "--interface",
    "asgi",
    "--no-ws",
    "--host",
    "127.0.0.1",
    "--port",
    "{port}",
    "--log-level",
    "error",
)
_BASE = ("numpy", "onnxruntime", "pydantic", "pydantic-settings", "msgspec")

NOTHING = Peer("do nothing", "yardstick", (*_GRANIAN, "nothing:app"), read=None)
OURS = Peer("readmission (stores every answer)", "ours", ("readmission", "serve", "inference-service"))
OURS_TWICE = Peer(
    "readmission, 2 workers",
    "ours, 2 workers",
    OURS.command,
    settings={"READMISSION_INFERENCE_SERVICE__WORKERS": "2"},
)
PLAIN = Peer("plain FastAPI", "way", (*_GRANIAN, "plain_fastapi:app"))
PEERS = (
    NOTHING,
    OURS,
    OURS_TWICE,
    PLAIN,
    Peer("model load per request", "way", (*_GRANIAN, "model_per_request:app"), patience=5),
    Peer(
        "MLflow",
        "server",
        (
            "mlflow",
            "models",
            "serve",
            "-m",
            "{model}",
            "--env-manager",
            "local",
            "-h",
            "127.0.0.1",
            "-p",
            "{port}",
            "-w",
            "2",
        ),
        path="/invocations",
        wrap=lambda encounter: {"dataframe_records": [encounter]},
        read=lambda answer: float(answer["predictions"][0]["risk_30d"]),
    ),
    Peer(
        "BentoML",
        "server",
        ("bentoml", "serve", "bentoml_service:Readmission", "--host", "127.0.0.1", "--port", "{port}"),
        ("bentoml==1.4.39", *_BASE),
        wrap=lambda encounter: {"encounters": [encounter]},
        read=lambda answer: float(answer[0]["risk_30d"]),
    ),
    Peer("LitServe", "server", ("python", "litserve_server.py", "{port}"), ("litserve==0.2.19", *_BASE)),
    Peer(
        "MLServer",
        "server",
        ("mlserver", "start", "mlserver"),
        ("mlserver==1.7.1", *_BASE),
        path="/v2/models/readmission/infer",
        wrap=lambda encounter: {
            "inputs": [{"name": "encounter", "shape": [1], "datatype": "BYTES", "data": [json.dumps(encounter)]}]
        },
        read=lambda answer: float(answer["outputs"][0]["data"][0]),
    ),
    Peer("Ray Serve", "server", ("python", "ray_server.py", "{port}"), ("ray[serve]==2.60.0", *_BASE)),
)
"""In the order of the page."""
