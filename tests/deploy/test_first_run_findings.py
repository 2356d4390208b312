"""What the first run on a real Docker engine and a real cluster showed, as far as the files alone can show it.

The engines themselves are asked by `make check-engines`.
"""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath
from typing import Any

import yaml

from load_tests.acknowledged import FOLDER_VARIABLE
from readmission.local.programs.environment import read_env_file
from tests.deploy.conftest import REPOSITORY, Resource
from tests.deploy.test_kubernetes import Built, containers, of_kind, pod_templates, task_pod

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "deploy/compose/compose.yaml").read_text())
PASSWORDS = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
EXECUTION_API = "AIRFLOW__CORE__EXECUTION_API_SERVER_URL"
CPU_FOR_PODS = 0.95
"""Of two: Kubernetes' own parts on minikube ask for 0.75, Calico for 0.25."""
TASKS_AT_ONCE = 2


def stage(name: str) -> str:
    dockerfile = (REPOSITORY / "deploy/docker/Dockerfile").read_text()
    return dockerfile.split(f" AS {name}\n", 1)[1].split("\nFROM ", 1)[0]


def settings_of(resources: list[Resource], container: Resource) -> dict[str, str]:
    """What a container gets from ConfigMaps and its own list."""
    maps = {resource["metadata"]["name"]: resource["data"] for resource in of_kind(resources, "ConfigMap")}
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            found |= maps[source["configMapRef"]["name"]]
    return found | {entry["name"]: entry.get("value", "") for entry in container.get("env", [])}


def cpu(amount: str) -> float:
    return int(amount[:-1]) / 1000 if amount.endswith("m") else float(amount)


def cpu_of(spec: Resource) -> float:
    """What a node sets aside for a pod: its containers together, or the first steps, which run one at a time."""
    first = [cpu(c["resources"]["requests"]["cpu"]) for c in spec.get("initContainers", [])]
    return max([sum(cpu(c["resources"]["requests"]["cpu"]) for c in spec["containers"]), *first])


def test_python_in_airflows_image_is_airflows() -> None:
    """KubernetesExecutor starts a task by `python -m airflow...`."""
    path = re.search(r"\bPATH=(\S+)", stage("airflow"))
    assert path is not None
    folders = path.group(1).split(":")
    assert folders.index("/opt/airflow-environment/bin") < folders.index("/opt/readmission/bin")


def test_task_pods_know_where_the_execution_api_is(built: Built) -> None:
    for name, resources in built.items():
        if not any(resource["metadata"]["name"] == "airflow-scheduler" for resource in resources):
            continue
        (container,) = containers(task_pod())
        address = settings_of(resources, container).get(EXECUTION_API, "")
        service = re.fullmatch(r"http://([a-z-]+):(\d+)/execution/", address)
        assert service is not None, (name, address)
        (found,) = [s for s in of_kind(resources, "Service") if s["metadata"]["name"] == service.group(1)]
        assert int(service.group(2)) in [port["port"] for port in found["spec"]["ports"]]


def test_airflow_may_write_its_file_of_passwords_in_kubernetes(built: Built) -> None:
    for name, resources in built.items():
        for _owner, template in pod_templates(resources):
            for container in containers(template):
                file = settings_of(resources, container).get(PASSWORDS)
                if file is None or "start-airflow-api-server" not in container["command"]:
                    continue
                mounts = [m for m in container["volumeMounts"] if PurePosixPath(file).is_relative_to(m["mountPath"])]
                assert mounts, (name, file)
                assert not any(mount.get("readOnly") for mount in mounts), (name, file)
                given = container["command"][1]
                assert any(PurePosixPath(given).is_relative_to(m["mountPath"]) for m in container["volumeMounts"])


def test_airflow_may_write_its_file_of_passwords_in_compose() -> None:
    service = COMPOSE["services"]["airflow-api-server"]
    settings: dict[str, str] = {}
    for file in service["env_file"]:
        path = (REPOSITORY / "deploy/compose" / file).resolve()
        if "$" not in file and path.is_file():
            settings |= read_env_file(path)
    volumes = [volume.split(":")[1] for volume in service["volumes"] if not volume.endswith(":ro")]
    assert any(PurePosixPath(settings[PASSWORDS]).is_relative_to(volume) for volume in volumes)
    started = re.search(r'^CMD \["start-airflow-api-server", "/run/secrets/([a-z.-]+)"\]', stage("airflow"), re.M)
    assert started is not None
    assert started.group(1) in service["secrets"]


def test_the_load_tests_image_holds_what_the_load_tests_import() -> None:
    lock = (REPOSITORY / "requirements/load-tests.txt").read_text()
    locked = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.M))
    owners = packages_distributions()
    for file in (REPOSITORY / "load_tests").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for top in {name.split(".")[0] for name in names} - {"load_tests", "readmission"} - sys.stdlib_module_names:
                wanted = {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners[top]}
                assert wanted & locked, (file.name, top)


def test_the_small_overlay_fits_a_node_of_two_cpus(built: Built) -> None:
    resources = built["minikube"]
    asked = 0.0
    least = {
        scaler["spec"]["scaleTargetRef"]["name"]: scaler["spec"]["minReplicas"]
        for scaler in of_kind(resources, "HorizontalPodAutoscaler")
    }
    for workload in of_kind(resources, "Deployment", "StatefulSet", "Job"):
        name = workload["metadata"]["name"]
        replicas = workload["spec"].get("replicas", least.get(name, 1))
        asked += replicas * cpu_of(workload["spec"]["template"]["spec"])
    (container,) = containers(task_pod())
    asked += TASKS_AT_ONCE * cpu(container["resources"]["requests"]["cpu"])
    assert asked <= CPU_FOR_PODS
    settings = {k: v for r in of_kind(resources, "ConfigMap") for k, v in r["data"].items()}
    assert int(settings["AIRFLOW__CORE__PARALLELISM"]) == TASKS_AT_ONCE


def test_airflow_waits_for_its_schema_and_does_not_crash_until_it_is_there(built: Built) -> None:
    """In compose `depends_on` says so."""
    for name, resources in built.items():
        for owner, template in pod_templates(resources):
            if not owner.startswith("airflow-"):
                continue
            (first,) = template["spec"].get("initContainers", containers(template))
            command = " ".join(first["command"])
            assert "airflow db check --retry" in command, (name, owner)
            assert ("db migrate" in command) == (owner == "airflow-migrate"), (name, owner)
            assert ("db check-migrations" in command) == (owner != "airflow-migrate"), (name, owner)


def test_no_probe_loads_airflow(built: Built) -> None:
    """`airflow jobs check` takes seconds of processor each time: a busy node is too late, and kills the pod."""
    for name, resources in built.items():
        for owner, template in pod_templates(resources):
            for container in containers(template):
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    command = container.get(probe, {}).get("exec", {}).get("command", [])
                    assert not any("airflow" in part and "bin/" in part for part in command), (name, owner, probe)
                liveness = container.get("livenessProbe")
                if liveness and owner.startswith("airflow-"):
                    patience = liveness["periodSeconds"] * liveness["failureThreshold"]
                    assert patience >= 60, (name, owner)
    for name, service in COMPOSE["services"].items():
        command = service.get("healthcheck", {}).get("test", [])
        assert not any("bin/airflow" in part for part in command), name


def test_every_bucket_finds_room_in_seaweedfs(built: Built) -> None:
    """A bucket takes seven volumes at its first object, and eight is the default for all: the second gets none."""
    (stateful,) = [w for w in of_kind(built["minikube"], "StatefulSet") if w["metadata"]["name"] == "s3"]
    commands = [COMPOSE["services"]["s3"]["command"], containers(stateful["spec"]["template"])[0]["args"]]
    for command in commands:
        assert "-volume.max=0" in command  # as many as the disk has room for
        size = next(int(part.split("=")[1]) for part in command if part.startswith("-master.volumeSizeLimitMB="))
        assert 20_000 / size >= 7 * 4, "a volume of 20 GB must hold four buckets"


def test_locust_writes_what_was_acknowledged_onto_its_volume() -> None:
    """Its root file system is read-only: the first answer would end the run."""
    folder = re.search(rf"\b{FOLDER_VARIABLE}=(\S+)", stage("load-tests"))
    assert folder is not None
    assert PurePosixPath(folder.group(1)).is_relative_to("/state")
    assert any(mount.startswith("/state:") for mount in COMPOSE["services"]["load-tests"]["tmpfs"])
