"""Every metric on a dashboard or in an alert is one that something gives."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

import readmission.observability.metrics as metrics
from readmission.services.metrics_exporter.collect import AIRFLOW_METRICS, DATABASE_UP, TRAINING_METRICS
from readmission.storage.pipeline.platform_figures import FIGURES
from scripts.generate_dashboards import FOLDER, ROOT

THEIRS = {
    "up", "mlflow_http_request_total", "pg_up", "pg_stat_activity_count", "node_cpu_seconds_total",
    "node_filesystem_avail_bytes", "node_filesystem_size_bytes", "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes", "process_resident_memory_bytes",
    # Locust's, whose import would patch this process; seen for real in tests/observing.
    "load_test_users", "load_test_requests_total", "load_test_failures_total", "load_test_latency_seconds_bucket",
}  # fmt: skip
WORDS = {
    "sum", "by", "rate", "increase", "histogram_quantile", "max", "min", "avg", "or", "and", "unless", "on", "abs",
    "topk", "time", "clamp_min", "max_over_time",
}  # fmt: skip


def given() -> set[str]:
    """Names of all series our own processes give."""
    assert metrics.MULTIPROCESS_DIR
    names = {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    for metric in REGISTRY.collect():  # labelled ones have no samples before they are used
        names |= {metric.name, f"{metric.name}_total", *(f"{metric.name}_{end}" for end in ("bucket", "count", "sum"))}
    return (
        names
        | {figure.name for figure in FIGURES}
        | set(AIRFLOW_METRICS)
        | set(TRAINING_METRICS)
        | {DATABASE_UP[0]}
        | THEIRS
    )


def expressions() -> list[str]:
    """Every expression of a dashboard or rule."""
    panels = [
        target["expr"]
        for path in FOLDER.glob("*.json")
        for panel in json.loads(path.read_text())["panels"]
        for target in panel.get("targets", [])
    ]
    dashboards = [json.loads(path.read_text()) for path in FOLDER.glob("*.json")]
    panels += [mark["expr"] for page in dashboards for mark in page["annotations"]["list"] if "expr" in mark]
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"]
    return panels + [rule["expr"] for group in rules for rule in group["rules"]]


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_metric_asked_for_exists(expression: str) -> None:
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|by \([^)]*\)|on \([^)]*\)", "", expression)
    names = set(re.findall(r"[a-zA-Z_]\w*", bare)) - WORDS
    assert names
    assert names <= given()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_dashboard_marks_promotions_leads_to_the_others_and_declares_its_variables(path: Path) -> None:
    page = json.loads(path.read_text())
    assert any("promotions_total" in mark.get("expr", "") for mark in page["annotations"]["list"])
    assert [(link["type"], link["tags"]) for link in page["links"]] == [("dashboards", ["readmission"])]
    used = set(re.findall(r"\$(\w+)", " ".join(t["expr"] for p in page["panels"] for t in p.get("targets", []))))
    assert used == {variable["name"] for variable in page.get("templating", {}).get("list", [])}


def test_the_bounds_of_alerts_are_drawn() -> None:
    """A panel whose figure an alert watches turns red at the alert's own bound."""
    page = json.loads((FOLDER / "service.json").read_text())
    steps = {
        panel["title"]: panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
        for panel in page["panels"]
        if panel.get("fieldConfig", {}).get("defaults", {}).get("thresholds")
    }
    assert steps == {"Error ratio": 0.02, "Latency": 0.1, "p95": 0.1}
    rules = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
    assert "> 0.02" in rules
    assert 'le="0.1"' in rules
