"""What no schema sees: selectors, ports, references, names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from readmission.local.programs.environment import read_env_file
from readmission.web.allowed_hosts import PROBE_PATHS
from tests.deploy.conftest import REPOSITORY, Resource

WORKLOADS = ("Deployment", "StatefulSet", "Job")
OURS = {"data-service", "inference-service", "pipeline", "airflow", "mlflow", "ui", "load-tests"}
# Made by whoever runs the cluster (docs/how-to/kubernetes-production.md), or by cert-manager.
BROUGHT = {"people", "inference-service-tls", "ui-tls", "mlflow-tls"}
SECRETS = {
    name
    for generator in yaml.safe_load((REPOSITORY / "deploy/config/secrets/kustomization.yaml").read_text())[
        "secretGenerator"
    ]
    for name in [generator["name"]]
}
Built = dict[str, list[Resource]]


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    return [resource for resource in resources if resource["kind"] in kinds]


def task_pod() -> Resource:
    pod: Resource = yaml.safe_load((REPOSITORY / "deploy/kubernetes/components/airflow/task-pod.yaml").read_text())
    return pod


def pod_templates(resources: list[Resource]) -> Iterator[tuple[str, Resource]]:
    for resource in of_kind(resources, *WORKLOADS):
        yield resource["metadata"]["name"], resource["spec"]["template"]
    if any(resource["metadata"]["name"] == "airflow-scheduler" for resource in resources):
        yield "task-pod", task_pod()


def containers(template: Resource) -> list[Resource]:
    spec = template["spec"]
    return [*spec["containers"], *spec.get("initContainers", [])]


def leads_elsewhere(service: Resource, resources: list[Resource]) -> bool:
    """A name for what is outside the cluster: by a name there, or by its own Endpoints."""
    endpoints = {found["metadata"]["name"] for found in of_kind(resources, "Endpoints")}
    by_address = "selector" not in service["spec"] and service["metadata"]["name"] in endpoints
    return service["spec"].get("type") == "ExternalName" or by_address


def matches(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


def ports_of(template: Resource) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for c in containers(template) for port in c.get("ports", [])}


def test_overlays_and_combinations_are_all_built(built: Built) -> None:
    assert {"minikube", "production"} <= built.keys()
    used = "".join(path.read_text() for path in (REPOSITORY / "deploy/kubernetes").glob("*/*/kustomization.yaml"))
    for component in (REPOSITORY / "deploy/kubernetes/components").iterdir():
        assert f"components/{component.name}\n" in used, f"no overlay or combination builds {component.name}"


def test_selectors_find_their_own_pods_and_no_others(built: Built) -> None:
    for name, resources in built.items():
        labels = {owner: template["metadata"]["labels"] for owner, template in pod_templates(resources)}
        for workload in of_kind(resources, "Deployment", "StatefulSet"):
            selector = workload["spec"]["selector"]["matchLabels"]
            owner = workload["metadata"]["name"]
            assert [found for found, has in labels.items() if matches(selector, has)] == [owner], (name, owner)
        for other in of_kind(resources, "Service", "PodDisruptionBudget"):
            selector = other["spec"].get("selector", {})
            selector = selector.get("matchLabels", selector)
            if other["kind"] != "Service" or not leads_elsewhere(other, resources):
                found = [owner for owner, has in labels.items() if matches(selector, has)]
                assert found == [other["metadata"]["name"]], (name, other["kind"], other["metadata"]["name"])
        for policy in of_kind(resources, "NetworkPolicy"):
            wanted = policy["spec"]["podSelector"].get("matchLabels", {})
            known = any(matches(wanted, has) for has in labels.values())
            external = policy["metadata"]["name"] in ("postgres", "s3", "airflow-api-server", "reach-kubernetes",
                                                      "reach-airflow-api-server", "reach-data-service",
                                                      "metrics-exporter", "postgres-exporter")  # fmt: skip
            assert known or external, (name, policy["metadata"]["name"])
        for monitor in of_kind(resources, "ServiceMonitor"):
            wanted = monitor["spec"]["selector"]["matchLabels"]
            services = [s for s in of_kind(resources, "Service") if matches(wanted, s["metadata"].get("labels", {}))]
            assert len(services) == 1, (name, monitor["metadata"]["name"])
            names = {port["name"] for port in services[0]["spec"]["ports"]}
            assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} <= names


def test_probes_ask_what_answers_to_any_host_name(built: Built) -> None:
    """A kubelet asks by the pod's address, which is no host name of the wall's (decision 27)."""
    seen = set()
    for resources in built.values():
        for owner, template in pod_templates(resources):
            if owner not in {"data-service", "inference-service", "ui", "metrics-exporter"}:
                continue
            for container in containers(template):
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    assert container[probe]["httpGet"]["path"] in PROBE_PATHS, (owner, probe)
                    seen.add(owner)
    assert seen == {"data-service", "inference-service", "ui", "metrics-exporter"}


def test_mlflow_answers_to_the_names_it_is_called_by(built: Built) -> None:
    """Prometheus calls it by its pod's address, people by the Ingress's host; MLflow refuses any other with 403."""
    for resources in built.values():
        (template,) = [template for owner, template in pod_templates(resources) if owner == "mlflow"]
        (container,) = containers(template)
        addresses = {entry["name"]: entry["valueFrom"]["fieldRef"]["fieldPath"] for entry in container["env"]}
        assert addresses == {"POD_IP": "status.podIP"}
    (settings,) = [
        resource["data"]
        for resource in of_kind(built["production"], "ConfigMap")
        if resource["metadata"]["name"].startswith("settings")
    ]
    (ingress,) = [i for i in of_kind(built["production"], "Ingress") if i["metadata"]["name"] == "mlflow"]
    allowed = settings["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    assert {rule["host"] for rule in ingress["spec"]["rules"]} <= set(allowed)


def test_services_probes_and_ingresses_name_ports_that_exist(built: Built) -> None:
    for name, resources in built.items():
        ports = {owner: ports_of(template) for owner, template in pod_templates(resources)}
        services = {s["metadata"]["name"]: s for s in of_kind(resources, "Service")}
        for service in services.values():
            for port in [] if leads_elsewhere(service, resources) else service["spec"]["ports"]:
                assert port["targetPort"] in ports[service["metadata"]["name"]], (name, service["metadata"]["name"])
        for _, template in pod_templates(resources):
            for container in containers(template):
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    asked = container.get(probe, {}).get("httpGet")
                    assert asked is None or asked["port"] in ports_of(template)
        for ingress in of_kind(resources, "Ingress"):
            for rule in ingress["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    backend = path["backend"]["service"]
                    offered = {port["name"] for port in services[backend["name"]]["spec"]["ports"]}
                    assert backend["port"]["name"] in offered
                    assert not path["path"].startswith(("/metrics", "/healthz", "/readyz"))


def test_ports_agree_with_the_urls_in_the_settings(built: Built) -> None:
    for name, resources in built.items():
        services = {s["metadata"]["name"]: s["spec"].get("ports", []) for s in of_kind(resources, "Service")}
        for config in of_kind(resources, "ConfigMap"):
            for key, value in config["data"].items():
                for host, port in re.findall(r"https?://([a-z0-9-]+):(\d+)", value):
                    if services.get(host):
                        assert int(port) in [p["port"] for p in services[host]], (name, key)


def test_network_policies_open_the_ports_pods_listen_on(built: Built) -> None:
    for name, resources in built.items():
        by_app = {t["metadata"]["labels"]["app.kubernetes.io/name"]: t for _, t in pod_templates(resources)}
        for policy in of_kind(resources, "NetworkPolicy"):
            app = policy["spec"]["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/name")
            for rule in policy["spec"].get("ingress", []):
                if app in by_app:
                    assert {p["port"] for p in rule["ports"]} <= set(ports_of(by_app[app]).values()), (name, app)


def test_whoever_may_call_is_also_let_in(built: Built) -> None:
    """A `reaches-X` label needs the egress rule and X's ingress rule: one without the other is a closed door."""
    for name, resources in built.items():
        policies = of_kind(resources, "NetworkPolicy")
        if not policies:
            continue
        egress = {
            label
            for policy in policies
            if "Egress" in policy["spec"]["policyTypes"]
            for label in policy["spec"]["podSelector"].get("matchLabels", {})
        }
        let_in = str([policy["spec"].get("ingress") for policy in policies])
        for owner, template in pod_templates(resources):
            for label in template["metadata"]["labels"]:
                if label.startswith("readmission/reaches-"):
                    assert label in egress, (name, owner, label)
                    if label.removeprefix("readmission/reaches-") not in ("internet", "kubernetes"):
                        assert label in let_in, (name, owner, label)


def test_every_reference_leads_to_something(built: Built, secrets_folder: Path) -> None:
    for name, resources in built.items():
        there = {(r["kind"], r["metadata"]["name"]) for r in resources}
        there |= {("Secret", secret) for secret in SECRETS | BROUGHT}
        for owner, template in pod_templates(resources):
            spec = template["spec"]
            assert ("ServiceAccount", spec["serviceAccountName"]) in there, (name, owner)
            volumes = {volume["name"] for volume in spec.get("volumes", [])}
            volumes |= {
                claim["metadata"]["name"]
                for r in of_kind(resources, "StatefulSet")
                if r["metadata"]["name"] == owner
                for claim in r["spec"]["volumeClaimTemplates"]
            }
            for volume in spec.get("volumes", []):
                if "configMap" in volume:
                    assert ("ConfigMap", volume["configMap"]["name"]) in there, (name, owner)
                if "secret" in volume:
                    assert ("Secret", volume["secret"]["secretName"]) in there, (name, owner)
                if "persistentVolumeClaim" in volume:
                    assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in there
            for container in containers(template):
                for source in container.get("envFrom", []):
                    kind = "ConfigMap" if "configMapRef" in source else "Secret"
                    reference = source["configMapRef" if kind == "ConfigMap" else "secretRef"]["name"]
                    assert (kind, reference) in there, (name, owner, reference)
                for mount in container["volumeMounts"]:
                    assert mount["name"] in volumes, (name, owner, mount["name"])
        for monitor in of_kind(resources, "ServiceMonitor"):
            for endpoint in monitor["spec"]["endpoints"]:
                for named in endpoint.get("basicAuth", {}).values():
                    assert ("Secret", named["name"]) in there, (name, monitor["metadata"]["name"])
                    assert named["key"] in read_env_file(secrets_folder / f"{named['name']}.env")
        for scaler in of_kind(resources, "HorizontalPodAutoscaler"):
            target = scaler["spec"]["scaleTargetRef"]
            assert (target["kind"], target["name"]) in there
            scaled = next(r for r in of_kind(resources, target["kind"]) if r["metadata"]["name"] == target["name"])
            assert "replicas" not in scaled["spec"], "apply would undo what the autoscaler did"


def test_production_holds_no_secret(built: Built) -> None:
    assert of_kind(built["production"], "Secret") == []


def test_every_pod_keeps_the_restricted_profile(built: Built) -> None:
    for name, resources in built.items():
        for owner, template in pod_templates(resources):
            spec = template["spec"]
            assert spec["securityContext"]["runAsNonRoot"] is True, (name, owner)
            assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            assert spec["automountServiceAccountToken"] is (owner == "airflow-scheduler"), (name, owner)
            for container in containers(template):
                assert container["securityContext"] == {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                }
                for amount in ("requests", "limits"):
                    assert {"cpu", "memory"} <= container["resources"][amount].keys(), (name, owner)
                writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
                assert "/tmp" in writable, (name, owner)


def test_rolling_updates_drain_first(built: Built) -> None:
    for resources in built.values():
        for deployment in of_kind(resources, "Deployment"):
            template = deployment["spec"]["template"]
            rolled = deployment["spec"]["strategy"]["type"] == "RollingUpdate"
            if not rolled:
                continue
            assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
            for container in containers(template):
                assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()
                sleep = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
                assert sleep + 20 <= template["spec"]["terminationGracePeriodSeconds"]
            assert template["spec"]["topologySpreadConstraints"]


def test_images_are_ours_or_named_in_full(built: Built) -> None:
    dockerfile = (REPOSITORY / "deploy/docker/Dockerfile").read_text()
    assert set(re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.M)) >= OURS
    for name, resources in built.items():
        for owner, template in pod_templates(resources):
            for container in containers(template):
                image = container["image"]
                assert re.fullmatch(r"[a-z0-9.-]+(/[a-z0-9.-]+)+:[A-Za-z0-9._-]+", image), (name, owner, image)
                assert not image.endswith(":latest")
                if "/readmission/" in image:
                    assert image.rsplit("/", 1)[1].split(":")[0] in OURS


def test_images_have_the_ports_the_manifests_use(built: Built) -> None:
    stages = re.split(r"^FROM ", (REPOSITORY / "deploy/docker/Dockerfile").read_text(), flags=re.M)
    exposed = {}
    for stage in stages:
        found = re.match(r"\S+ AS (\S+)", stage)
        if found and (line := re.search(r"^EXPOSE (.+)$", stage, re.M)):
            exposed[found.group(1)] = {int(port) for port in line.group(1).split()}
    ports: dict[str, Any] = {owner: ports_of(template) for owner, template in pod_templates(built["minikube"])}
    for image in OURS - {"pipeline", "airflow"}:
        assert set(ports[image].values()) == exposed[image], image
    assert set(ports["airflow-api-server"].values()) == exposed["airflow"]


@pytest.mark.parametrize("image", sorted(OURS))
def test_every_image_has_a_lock(image: str) -> None:
    assert (REPOSITORY / "requirements" / f"{image}.txt").is_file()


def test_pods_reach_s3_and_no_other_host_on_its_ports(built: Built) -> None:
    """Inference and MLflow pods hold the keys of S3: what gets into one of them must not carry data elsewhere."""
    for name, resources in built.items():
        for policy in of_kind(resources, "NetworkPolicy"):
            if "readmission/reaches-s3" in policy["spec"]["podSelector"].get("matchLabels", {}):
                for rule in policy["spec"]["egress"]:
                    assert rule.get("to"), (name, policy["metadata"]["name"])
                    assert "0.0.0.0/0" not in str(rule["to"]), name


def test_only_s3s_own_port_of_seaweedfs_leaves_its_container(built: Built) -> None:
    """Its master, volume server and filer give every object to whoever asks."""
    file = Path(__file__).resolve().parents[2] / "deploy/compose/compose.yaml"
    compose = yaml.safe_load(file.read_text())["services"]["s3"]["command"]
    commands = [compose] + [
        container["args"]
        for resources in built.values()
        for _, template in pod_templates(resources)
        for container in template["spec"]["containers"]
        if container.get("command") == ["weed"]
    ]
    assert len(commands) > 1
    for command in commands:
        assert "-ip.bind=127.0.0.1" in command
        assert "-s3.ip.bind=0.0.0.0" in command
