"""The three machines of the described system, as network namespaces of this one (root only).

This machine is training: the whole local platform, on loopback. `readmission expose` lets the two others in, by TLS. On
`inference` runs the inference service, exposed likewise by a CA of its own; on `observability` a Prometheus and the
callers, who trust both.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from readmission.local.programs import observing
from readmission.local.programs.environment import read_env_file
from readmission.local.state.folder import StateFolder
from tests.system.deployment import Deployment
from tests.system.local_platform import NETWORK_ADDRESS, ROOT, LocalPlatform
from tests.system.test_deployment import wait_for

TOOLS = ("ip", "socat", "iptables", "curl")
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1200),
    pytest.mark.skipif("DEPLOYMENT" in os.environ, reason="this is about local mode's machines"),
    pytest.mark.skipif(
        os.geteuid() != 0 or not all(map(shutil.which, TOOLS)), reason=f"needs root and {', '.join(TOOLS)}"
    ),
]
TRAINING, INFERENCE, OBSERVABILITY = NETWORK_ADDRESS, "10.83.0.2", "10.83.0.3"
BRIDGE = "readmission0"
MACHINES = {"rm-inference": INFERENCE, "rm-observability": OBSERVABILITY}
SECONDS_OF_LOAD, SECONDS_APART = 45, 20
AFTER_READY = 'until curl --silent --fail http://127.0.0.1:8000/readyz; do sleep 1; done; exec "$0" "$@"'
GET = """
import sys, urllib.request
asked = urllib.request.Request(sys.argv[1], headers={"X-API-Key": sys.argv[2]})
try:
    print(urllib.request.urlopen(asked, timeout=5).read().decode())
except OSError:
    print("null")
"""


def ip(*arguments: str, check: bool = True) -> None:
    subprocess.run(["ip", *arguments], check=check, capture_output=True, timeout=30)


@dataclass
class Machines:
    """What runs on each, and who may ask."""

    platform: LocalPlatform
    folder: Path
    api_key: str = ""
    authorities: str = ""
    """File of the CAs' certificates that the callers trust; an operator carries them over."""
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def port(self, name: str) -> int:
        return int(self.platform.environment[f"READMISSION_{name}"])

    def start(self, name: str, command: list[str], environment: dict[str, str], machine: str = "") -> None:
        """Start a program, here or on another machine; its log is in the folder."""
        there = ["ip", "netns", "exec", machine] if machine else []
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen([*there, *command], env=environment, stdout=log, stderr=log, cwd=self.folder)
            )

    def expose(self, service: str, *allowed: str, unauthenticated: bool = False) -> None:
        """Let machines in to training, as an operator does."""
        networks = [part for address in allowed for part in ("--allow", address)]
        told = ["--unauthenticated"] if unauthenticated else []
        command = self.platform.command("expose", service, "--address", TRAINING, *networks, *told)
        self.start(f"expose-{service}", command, self.platform.environment)

    def python(self, machine: str, code: str, *arguments: str, **environment: str) -> str:
        """Run Python on a machine; what it prints."""
        done = subprocess.run(
            ["ip", "netns", "exec", machine, sys.executable, "-", *arguments],
            input=code, env=self.caller | environment, text=True, capture_output=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    @property
    def caller(self) -> dict[str, str]:
        """Environment of whoever calls by https."""
        return {"PATH": os.environ["PATH"], "SSL_CERT_FILE": self.authorities}

    def trust(self, *states: Path) -> str:
        """A file of the CAs that `readmission expose` made in these state folders."""
        roots = [StateFolder(state).tls / "pki" / "authorities" / "local" / "root.crt" for state in states]
        wait_for(lambda: all(root.is_file() for root in roots), f"a CA is made; logs: {self.folder}", 180)
        file = self.folder / f"authorities-{len(states)}.pem"
        file.write_text("".join(root.read_text() for root in roots))
        return str(file)

    def get(self, machine: str, url: str, key: str = "") -> Any:
        """A JSON answer as a machine sees it; None while there is none."""
        return json.loads(self.python(machine, GET, url, key))

    def cut(self, action: str) -> None:
        """Drop every packet between training and inference (-A), or let them through again (-D)."""
        for chain, side in (("INPUT", "-s"), ("OUTPUT", "-d")):
            rule = ["iptables", "-w", action, chain, side, TRAINING, "-j", "DROP"]
            subprocess.run(["ip", "netns", "exec", "rm-inference", *rule], check=True, timeout=30)


@pytest.fixture(scope="module")
def network() -> Iterator[None]:
    remove_network()
    try:
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("addr", "add", f"{TRAINING}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for place, (name, address) in enumerate(MACHINES.items()):
            ip("netns", "add", name)
            ip("link", "add", f"rm{place}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"rm{place}", "master", BRIDGE, "up")
            for command in (
                ("addr", "add", f"{address}/24", "dev", "eth0"),
                ("link", "set", "eth0", "up"),
                ("link", "set", "lo", "up"),
            ):
                ip("-n", name, *command)
        yield
    finally:
        remove_network()


def remove_network() -> None:
    for name in MACHINES:
        ip("netns", "del", name, check=False)
    ip("link", "del", BRIDGE, check=False)


@pytest.fixture(scope="module")
def machines(network: None, platform: LocalPlatform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Training lets the others in; the inference service runs on its machine, with its own part of the secrets."""
    made = Machines(platform, tmp_path_factory.mktemp("machines"))
    try:
        for service in ("postgres", "s3"):
            made.expose(service, INFERENCE)
        made.expose("mlflow", INFERENCE, OBSERVABILITY)
        for service in ("data-service", "metrics-exporter"):
            made.expose(service, OBSERVABILITY, unauthenticated=True)
        theirs = made.folder / "theirs"
        theirs.mkdir(mode=0o700)
        shutil.copy(platform.folder.secrets_file, theirs / "all.json")
        secrets = platform.run(
            "make-secrets",
            str(theirs),
            "--postgres-host",
            TRAINING,
            "--postgres-port",
            str(made.port("PORTS__POSTGRES")),
        )
        assert secrets.returncode == 0, secrets.stderr
        made.api_key = read_env_file(theirs / "operator.env")["READMISSION_INFERENCE_SERVICE__API_KEY"]
        environment = {
            "PATH": os.environ["PATH"],
            **read_env_file(ROOT / "deploy/config/common.env"),
            **read_env_file(theirs / "inference-service.env"),
            "READMISSION_STATE_DIR": str(made.folder / "state"),
            "READMISSION_HTTP__ALLOWED_HOSTS": INFERENCE,
            "READMISSION_INFERENCE_SERVICE__JOURNAL_DIR": str(made.folder / "journal"),
            "READMISSION_ACCESS__KEYS_FILE": str(theirs / "api-keys"),
            # Local mode keeps the gate's key in a file of its own.
            "READMISSION_SIGNING__PUBLIC_KEYS_FILE": str(platform.folder.trusted_keys),
            "READMISSION_TLS__CA_FILE": made.trust(platform.root),
            "MLFLOW_TRACKING_URI": f"https://{TRAINING}:{made.port('PORTS__MLFLOW')}",
            "MLFLOW_S3_ENDPOINT_URL": f"https://{TRAINING}:{made.port('PORTS__S3')}",
        }
        made.start("inference", platform.command("serve", "inference-service"), environment, "rm-inference")
        out = platform.command("expose", "inference-service", "--address", INFERENCE, "--allow", OBSERVABILITY)
        made.start("expose-inference", ["sh", "-c", AFTER_READY, *out], environment, "rm-inference")
        made.authorities = made.trust(platform.root, made.folder / "state")
        wait_for(
            lambda: made.get("rm-observability", f"https://{INFERENCE}:8000/readyz") is not None,
            f"the inference service is ready; its log: {made.folder}/inference.log",
            120,
        )
        yield made
    finally:
        for process in made.processes:
            process.terminate()
        for process in made.processes:
            process.wait(60)


def test_another_machine_answers_with_the_champion(machines: Machines, deployment: Deployment) -> None:
    models = machines.get("rm-observability", f"https://{INFERENCE}:8000/models", machines.api_key)
    with deployment.client("inference") as client:
        assert models["live"]["version"] == client.get("/models").json()["live"]["version"]


def test_our_own_client_and_pipeline_trust_the_authority(machines: Machines) -> None:
    trusting = {
        "PATH": os.environ["PATH"],
        "READMISSION_STATE_DIR": str(machines.folder / "nothing"),
        "READMISSION_INFERENCE_SERVICE__URL": f"https://{INFERENCE}:8000",
        "READMISSION_INFERENCE_SERVICE__API_KEY": machines.api_key,
        "READMISSION_DATA_SERVICE__URL": f"https://{TRAINING}:{machines.port('DATA_SERVICE__PORT')}",
        "READMISSION_TLS__CA_FILE": machines.authorities,
    }
    doubting = {name: value for name, value in trusting.items() if name != "READMISSION_TLS__CA_FILE"}
    for verb in (["predict", "--example", "frequent-visitor"], ["list-batches"]):
        for environment, is_believed in ((trusting, True), (doubting, False)):
            done = subprocess.run(
                ["ip", "netns", "exec", "rm-observability", *machines.platform.command(*verb)],
                env=environment, cwd=machines.folder, text=True, capture_output=True, timeout=120, check=False,
            )  # fmt: skip
            assert (done.returncode == 0) is is_believed, done.stdout + done.stderr


def test_a_partition_between_training_and_inference_loses_no_prediction(
    machines: Machines, deployment: Deployment
) -> None:
    script = (ROOT / "tests/system/call_steadily.py").read_text()
    caller = subprocess.Popen(
        ["ip", "netns", "exec", "rm-observability", sys.executable, "-", str(SECONDS_OF_LOAD)],
        env={
            **machines.caller,
            "CALL_ADDRESS": f"https://{INFERENCE}:8000",
            "READMISSION_INFERENCE_SERVICE__API_KEY": machines.api_key,
        },
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert caller.stdin is not None
    caller.stdin.write(script)
    caller.stdin.close()
    caller.stdin = None
    time.sleep(5)
    machines.cut("-A")
    try:
        time.sleep(SECONDS_APART)
    finally:
        machines.cut("-D")
    output, _ = caller.communicate(timeout=SECONDS_OF_LOAD + 120)
    answered = json.loads(output.splitlines()[-1])
    assert set(answered["statuses"]) == {"200"}, answered["statuses"]
    told = set(answered["acknowledged"])
    assert len(told) == sum(answered["statuses"].values())

    wait_for(lambda: told <= deployment.stored_predictions(), "every acknowledged prediction is in PostgreSQL", 180)


def test_prometheus_on_a_third_machine_reaches_the_others(machines: Machines) -> None:
    if observing.missing():
        pytest.skip(f"{', '.join(observing.missing())} not here: {observing.HINT}")
    folder = machines.folder / "prometheus"
    shutil.copytree(ROOT / "deploy/prometheus", folder, ignore=shutil.ignore_patterns("targets", "three-machines"))
    (folder / "password").write_text(json.loads(machines.platform.folder.secrets_file.read_text())["mlflow_metrics"])
    config = (folder / "prometheus.yml").read_text()
    (folder / "prometheus.yml").write_text(
        config.replace("/run/secrets/mlflow-metrics-password", str(folder / "password"))
    )
    here = {
        "10.0.0.1:5050": f"{TRAINING}:{machines.port('PORTS__MLFLOW')}",
        "10.0.0.1:8001": f"{TRAINING}:{machines.port('DATA_SERVICE__PORT')}",
        "10.0.0.1:9808": f"{TRAINING}:{machines.port('METRICS_EXPORTER__PORT')}",
        "10.0.0.2:8000": f"{INFERENCE}:8000",
    }
    (folder / "targets").mkdir()
    for name in ("services.json", "mlflow.json", "alertmanager.json"):
        groups = json.loads((ROOT / "deploy/prometheus/three-machines" / name).read_text())
        # Its own neighbours (Alertmanager, exporters) are not started here.
        kept = [
            {"targets": [here[group["targets"][0]]], "labels": group["labels"] | {"__scheme__": "https"}}
            for group in groups
            if group["targets"][0] in here
        ]
        (folder / "targets" / name).write_text(json.dumps(kept))
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    machines.start(
        "prometheus",
        [*command, "--web.listen-address=127.0.0.1:9090"],
        machines.caller,
        "rm-observability",
    )

    def states() -> dict[str, str]:
        found = machines.get("rm-observability", "http://127.0.0.1:9090/api/v1/targets")
        return {t["labels"]["job"]: t["health"] for t in found["data"]["activeTargets"]} if found else {}

    expected = dict.fromkeys(("mlflow", "data-service", "metrics-exporter", "inference-service"), "up")
    wait_for(lambda: states() == expected, f"every target is up: {states()}", 120)


def test_who_was_not_let_in_reaches_nothing(machines: Machines) -> None:
    for name, scheme in (("PORTS__POSTGRES", "tcp"), ("PORTS__S3", "https")):
        code = (
            "import socket, ssl, sys\ns = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)\n"
            "s.settimeout(5)\ntry:\n    if sys.argv[3] == 'https':\n"
            "        s = ssl._create_unverified_context().wrap_socket(s)\n"
            "    print(len(s.recv(1)))\nexcept (ConnectionError, ssl.SSLError):\n    print(0)\n"
        )
        # socat and Caddy accept, see who it is, and hang up.
        assert machines.python("rm-observability", code, TRAINING, str(machines.port(name)), scheme).strip() == "0"
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://{TRAINING}:{machines.port('PORTS__AIRFLOW')}/", timeout=5, trust_env=False)
