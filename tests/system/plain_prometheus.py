"""A Prometheus for a cluster without an operator: scrapes what the ServiceMonitors select, by the PrometheusRule.

It does what the operator would do with these resources, as far as ours go, with one difference: targets are the pods
of this moment. Debian's Prometheus, which the stand-in image holds, cannot ask Kubernetes.
"""

import base64
from pathlib import Path
from typing import Any

import yaml

NAMESPACE = "readmission"
NAME = "prometheus"
LABELS = {"app.kubernetes.io/name": NAME}
Resource = dict[str, Any]


def select_targets(monitor: Resource, port: str, endpoints: list[Resource]) -> list[Resource]:
    """The pods behind the Services a ServiceMonitor selects, with the labels the operator would give them."""
    spec, found = monitor["spec"], []
    for each in endpoints:
        labels = each["metadata"].get("labels", {})
        if not spec["selector"]["matchLabels"].items() <= labels.items():
            continue
        service = each["metadata"]["name"]
        job = labels[spec["jobLabel"]] if "jobLabel" in spec else service
        for subset in each.get("subsets", []):
            for number in (known["port"] for known in subset["ports"] if known["name"] == port):
                for address in subset.get("addresses", []):
                    told = {"namespace": NAMESPACE, "service": service, "job": job, "pod": address["targetRef"]["name"]}
                    found.append({"targets": [f"{address['ip']}:{number}"], "labels": told})
    return found


def scrape_config(
    monitor: Resource, endpoint: Resource, place: int, logins: dict[str, str], endpoints: list[Resource]
) -> Resource:
    """What the operator makes of one endpoint of a ServiceMonitor."""
    config: Resource = {
        "job_name": f"serviceMonitor/{NAMESPACE}/{monitor['metadata']['name']}/{place}",
        "metrics_path": endpoint["path"],
        "scrape_interval": endpoint["interval"],
        "scrape_timeout": endpoint["scrapeTimeout"],
        "static_configs": select_targets(monitor, endpoint["port"], endpoints),
        "relabel_configs": [
            {"target_label": each["targetLabel"], "replacement": each["replacement"]}
            for each in endpoint.get("relabelings", [])
        ],
    }
    assert config["static_configs"], f"{monitor['metadata']['name']} selects nothing"
    if login := endpoint.get("basicAuth"):
        user, password = login["username"], login["password"]
        file = f"/run/secrets/{password['name']}/{password['key']}"
        config["basic_auth"] = {"username": logins[f"{user['name']}/{user['key']}"], "password_file": file}
    return config


def read_secrets(resources: list[Resource]) -> dict[str, str]:
    """``SECRET/KEY`` to value, for what Prometheus wants in its file and not as one: user names."""
    return {
        f"{resource['metadata']['name']}/{key}": base64.b64decode(value).decode()
        for resource in resources
        if resource["kind"] == "Secret"
        for key, value in resource.get("data", {}).items()
    }


def describe(resources: list[Resource], endpoints: list[Resource]) -> list[Resource]:
    """The Prometheus as manifests.

    Args:
        resources: what kustomize built.
        endpoints: the cluster's, of our namespace.
    """
    monitors = [resource for resource in resources if resource["kind"] == "ServiceMonitor"]
    rules = [group for r in resources if r["kind"] == "PrometheusRule" for group in r["spec"]["groups"]]
    logins = read_secrets(resources)
    configs = [
        scrape_config(monitor, endpoint, place, logins, endpoints)
        for monitor in monitors
        for place, endpoint in enumerate(monitor["spec"]["endpoints"])
    ]
    secrets = sorted(
        {e["basicAuth"]["password"]["name"] for m in monitors for e in m["spec"]["endpoints"] if "basicAuth" in e}
    )
    files = {
        "prometheus.yml": yaml.safe_dump({"rule_files": ["rules.yml"], "scrape_configs": configs}),
        "rules.yml": yaml.safe_dump({"groups": rules}),
    }
    compose = yaml.safe_load((Path(__file__).parents[2] / "deploy/compose/compose.yaml").read_text(encoding="utf-8"))
    metadata = {"name": NAME, "namespace": NAMESPACE, "labels": LABELS}
    probe = {"httpGet": {"path": "/-/ready", "port": "http"}, "periodSeconds": 5, "failureThreshold": 60}
    container = {
        "name": NAME,
        "image": compose["services"]["prometheus"]["image"],
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            "--storage.tsdb.retention.time=1d",
        ],
        "ports": [{"name": "http", "containerPort": 9090}],
        "startupProbe": probe,
        "readinessProbe": {**probe, "failureThreshold": 3},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/prometheus", "readOnly": True},
            {"name": "data", "mountPath": "/prometheus"},
            *({"name": name, "mountPath": f"/run/secrets/{name}", "readOnly": True} for name in secrets),
        ],
    }
    pod = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "runAsGroup": 65534,
            "fsGroup": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "config", "configMap": {"name": NAME}},
            {"name": "data", "emptyDir": {"sizeLimit": "2Gi"}},
            *({"name": name, "secret": {"secretName": name, "defaultMode": 0o440}} for name in secrets),
        ],
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"selector": LABELS, "ports": [{"name": "http", "port": 9090, "targetPort": "http"}]},
    }
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": files}
    return [config_map, service, deployment]
