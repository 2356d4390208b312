"""`make play`: run the Deployments of MLflow, data and inference service from their YAML by podman, on real stores.

PostgreSQL and S3 run on this machine as the tests run them; the manifests are those of the minikube overlay, with only
what podman 4.3 cannot do changed (`_adapt`). MLflow asks for a login, and the inference service has one. A prediction
must come back and be stored; then the inference service is replaced while it is under load. Needs root, podman, runc,
and the images (`make images`).

One podman host has no Service to take a pod out of rotation first, so the rolling restart is played as Kubernetes
plays it: the second pod is started and ready before the first is told to stop, and callers follow the ready one.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from readmission.contract.examples import EXAMPLES
from readmission.local import guard
from readmission.local.deployment_secrets import make_secrets
from readmission.local.environment import read_env_file
from readmission.web.key_file import key_line, make_key
from tests.conftest import RunningParts, RunningPostgres, free_port
from tests.deploy.conftest import REPOSITORY
from tests.integration.inference_service.conftest import Registry
from tests.integration.inference_service.conftest import registry as registry
from tests.small_model import SmallModel

SERVICES = ("data-service", "mlflow", "inference-service")
READY = {"mlflow": "/health"}
SECONDS_OF_LOAD = 10


class Podman:
    """podman with a configuration of its own: this machine's may not run containers at all."""

    def __init__(self, folder: Path) -> None:
        configuration = folder / "containers.conf"
        configuration.write_text(
            '[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=1000:1000"]\nnetns="host"\n'
            '[engine]\nruntime="runc"\ncgroup_manager="cgroupfs"\nevents_logger="file"\n'
        )
        storage = os.environ.get("STORAGE_DRIVER", "vfs")
        self.environment = os.environ | {"CONTAINERS_CONF": str(configuration), "STORAGE_DRIVER": storage}

    def __call__(self, *arguments: str, check: bool = True) -> str:
        """Run podman; its output."""
        done = subprocess.run(["podman", *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise AssertionError(
                f"play: podman {' '.join(arguments[:3])}: {(done.stderr or done.stdout).strip()[-2000:]}"
            )
        return done.stdout + done.stderr


class Play:
    """The manifests, adapted to one podman host, and the pods played from them."""

    def __init__(self, folder: Path, postgres: RunningPostgres, parts: RunningParts, key: str) -> None:
        self.folder = folder
        self.podman = Podman(folder)
        self.key = key
        self.ports = {name: free_port() for name in SERVICES}
        secrets = folder / "deploy/config/secrets"
        shutil.copytree(REPOSITORY / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("secrets"))
        make_secrets(secrets, "127.0.0.1", postgres.port)
        shutil.copy(REPOSITORY / "deploy/config/secrets/kustomization.yaml", secrets)
        (secrets / "api-keys").write_text(key_line("play", frozenset({"predict", "data"}), key) + "\n")
        s3 = {name: parts.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        serving, runs, users = (
            postgres.url(role, database).get_secret_value()
            for role, database in (
                ("readmission_serving", "readmission"),
                ("mlflow", "mlflow"),
                ("mlflow", "mlflow_auth"),
            )
        )
        _replace(secrets / "inference-service.env", {"READMISSION_SERVING_DATABASE__URL": serving, **s3})
        _replace(
            secrets / "mlflow.env",
            {"MLFLOW_BACKEND_STORE_URI": runs, "READMISSION_MLFLOW__AUTH_DATABASE_URL": users, **s3},
        )
        overlay = folder / "deploy/kubernetes/overlays/minikube"
        done = subprocess.run(["kubectl", "kustomize", str(overlay)], capture_output=True, text=True, check=True)
        self.resources = [resource for resource in yaml.safe_load_all(done.stdout) if resource]
        self.addresses = {
            "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{self.ports['mlflow']}",
            "MLFLOW_S3_ENDPOINT_URL": parts.environment["MLFLOW_S3_ENDPOINT_URL"],
            "READMISSION_DATASET": "synthetic",
            "READMISSION_SYNTHETIC_ROWS": "2000",
        }

    def _adapt(self, name: str, suffix: str, port: int) -> list[dict[str, Any]]:
        """The Deployment with what it reads; changed is only what podman 4.3 on a host network cannot do."""
        kinds = {(r["kind"], r["metadata"]["name"]): json.loads(json.dumps(r)) for r in self.resources}
        deployment = kinds["Deployment", name]
        deployment["metadata"]["name"] = f"play-{name}{suffix}"
        deployment["spec"]["replicas"] = 1
        template = deployment["spec"]["template"]
        template["metadata"]["name"] = f"play-{name}{suffix}"
        spec = template["spec"]
        for unknown in ("topologySpreadConstraints", "enableServiceLinks", "serviceAccountName"):
            spec.pop(unknown, None)
        (container,) = spec["containers"]
        container["ports"] = []  # the host's network: nothing to map
        for probe in ("startupProbe", "livenessProbe", "readinessProbe", "lifecycle"):
            container.pop(probe)  # podman 4.3 plays them by `nc` and `curl`, which the image does not have
        container["env"] = []
        upper = name.replace("-", "_").upper()
        container["env"].append({"name": f"READMISSION_{upper}__PORT", "value": str(port)})
        for volume in spec["volumes"]:
            if "persistentVolumeClaim" in volume:
                volume.pop("persistentVolumeClaim")
                volume["emptyDir"] = {}
            if "secret" in volume:  # 4.3 mounts no Secret of the same file
                volume.pop("secret")
                keys = self.folder / "keys"
                keys.mkdir(exist_ok=True)
                shutil.copy(self.folder / "deploy/config/secrets/api-keys", keys)
                volume["hostPath"] = {"path": str(keys), "type": "Directory"}
        used = {s[k]["name"] for s in container["envFrom"] for k in s}
        return [r for (kind, found), r in kinds.items() if kind in ("ConfigMap", "Secret") and found in used] + [
            deployment
        ]

    def start(self, name: str, port: int, suffix: str = "") -> str:
        """Play one Deployment and wait until it is ready; the pod's name."""
        resources = self._adapt(name, suffix, port)
        for resource in resources:
            if resource["kind"] == "Secret":  # podman keeps Secrets by itself and reads them from there
                path = self.folder / f"secret-{resource['metadata']['name']}.yaml"
                path.write_text(yaml.safe_dump(resource))
                self.podman("secret", "rm", resource["metadata"]["name"], check=False)
        maps = [r for r in resources if r["kind"] == "ConfigMap"]
        for resource in maps:  # podman 4.3 lets envFrom win over env: this machine's addresses go in here
            resource["data"] |= self.addresses
        values = {}
        for resource in resources:
            if resource["kind"] == "Secret":
                values |= {k: base64.b64decode(v).decode() for k, v in resource["data"].items()}
        deployment = resources[-1]
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        # 4.3 does not read a Secret of many keys into the environment: its keys are named one by one.
        container["envFrom"] = [s for s in container["envFrom"] if "configMapRef" in s]
        container["env"] = [{"name": k, "value": v} for k, v in values.items()] + container["env"]
        path = self.folder / f"{name}{suffix}.yaml"
        path.write_text(yaml.safe_dump_all([*maps, deployment]))
        path.chmod(0o600)
        self.podman("play", "kube", "--network", "host", str(path))
        pod = f"play-{name}{suffix}-pod-0"
        deadline = time.monotonic() + 300
        while not guard.answers(f"http://127.0.0.1:{port}{READY.get(name, '/readyz')}"):
            if time.monotonic() > deadline:
                logs = self.podman("pod", "logs", pod, check=False)
                raise AssertionError(f"play: {name} is not ready:\n{logs[-3000:]}")
            time.sleep(0.2)
        return pod

    def stop(self, pod: str) -> None:
        """Stop a pod as Kubernetes does: TERM, then time to finish."""
        self.podman("pod", "stop", "--time", "30", pod, check=False)

    def clean(self) -> None:
        """Remove every pod of ours."""
        for pod in self.podman("pod", "ps", "--format", "{{.Name}}", check=False).split():
            if pod.startswith("play-"):
                self.podman("pod", "rm", "--force", pod, check=False)


def _replace(file: Path, values: dict[str, str]) -> None:
    """Put this machine's values into a file of secrets; the others stay as a deployment would have them."""
    file.write_text("".join(f"{name}={value}\n" for name, value in (read_env_file(file) | values).items()))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


class Callers:
    """Threads that send predictions to whichever pod is in the Service."""

    def __init__(self, key: str, port: int) -> None:
        self.port = port
        self.key = key
        self.statuses: Counter[str] = Counter()
        self.stopped = threading.Event()

    def call(self) -> None:
        """Send until told to stop."""
        example = json.dumps(next(iter(EXAMPLES.values())))
        clients: dict[int, httpx.Client] = {}
        while not self.stopped.is_set():
            port = self.port
            client = clients.setdefault(port, httpx.Client(timeout=30, trust_env=False))
            headers = {"X-API-Key": self.key, "content-type": "application/json"}
            try:
                answer = client.post(f"http://127.0.0.1:{port}/predict", content=example, headers=headers)
                self.statuses[str(answer.status_code)] += 1
            except httpx.HTTPError as error:
                self.statuses[type(error).__name__] += 1
        for client in clients.values():
            client.close()

    @contextmanager
    def calling(self, threads: int = 4) -> Iterator[None]:
        """Call while the block runs."""
        workers = [threading.Thread(target=self.call) for _ in range(threads)]
        for worker in workers:
            worker.start()
        yield
        self.stopped.set()
        for worker in workers:
            worker.join()


def test_play(empty_database: RunningPostgres, s3_and_mlflow: RunningParts, registry: Registry, tmp_path: Path) -> None:
    """Everything above, in order."""
    registry.point_alias("champion", registry.register(SmallModel.write(tmp_path / "model")))
    key = make_key()
    with tempfile.TemporaryDirectory(prefix="readmission-play-") as folder:
        Path(folder).chmod(0o711)
        play = Play(Path(folder), empty_database, s3_and_mlflow, key)
        play.clean()
        try:
            _play(play)
        finally:
            play.clean()


def _play(play: Play) -> None:
    data, mlflow, inference = (play.ports[name] for name in SERVICES)
    play.start("data-service", data)
    assert httpx.get(f"http://127.0.0.1:{data}/dataset", trust_env=False).status_code == 401
    served = httpx.get(f"http://127.0.0.1:{data}/dataset", headers={"X-API-Key": play.key}, trust_env=False).json()
    _say(f"play: data-service serves {served['rows']} {served['kind']} encounters")
    play.start("mlflow", mlflow)
    search = f"http://127.0.0.1:{mlflow}/api/2.0/mlflow/registered-models/search"
    assert httpx.get(search, trust_env=False, timeout=30).status_code == 401
    _say("play: mlflow turns away who has no login")
    first = play.start("inference-service", inference)
    with httpx.Client(base_url=f"http://127.0.0.1:{inference}", trust_env=False, timeout=30) as client:
        example = next(iter(EXAMPLES.values()))
        assert client.post("/predict", json=example).status_code == 401
        answer = client.post("/predict", json=example, headers={"X-API-Key": play.key})
        assert answer.status_code == 200, answer.text
        prediction = answer.json()["prediction_id"]
        kept = client.get(f"/predictions/{prediction}", headers={"X-API-Key": play.key})
        assert kept.status_code == 200, "an acknowledged prediction is stored"
    _say(f"play: inference-service answered {prediction}")
    callers = Callers(play.key, inference)
    with callers.calling():
        time.sleep(SECONDS_OF_LOAD / 2)
        callers.port = free_port()  # chosen now, routed to only once it is ready
        second, callers.port = callers.port, inference
        play.start("inference-service", second, suffix="-next")
        callers.port = second
        time.sleep(2)  # what preStop's sleep is for: requests on their way arrive
        play.stop(first)
        time.sleep(SECONDS_OF_LOAD / 2)
    _say(f"play: rolling restart under load: {dict(callers.statuses)}")
    assert set(callers.statuses) == {"200"}, callers.statuses
