"""Dashboards are the code's, rules and configuration are what the programs accept."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from readmission.local.programs import observing
from scripts.generate_dashboards import FOLDER, stale

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"


RUNBOOKS = "{{ with $externalLabels.runbooks }}{{ . }}{{ else }}docs/runbooks{{ end }}"


def rules() -> list[dict[str, Any]]:
    """Every alerting rule."""
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_everything_scraped_in_compose_is_a_service_there() -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text())["services"]
    scraped = json.loads((PROMETHEUS / "targets" / "services.json").read_text())
    hosts = {target.partition(":")[0] for each in scraped for target in each["targets"]}
    assert hosts <= services.keys()


def test_dashboards_are_what_the_code_says() -> None:
    assert stale() == []


def test_every_panel_has_a_query_and_says_what_it_shows() -> None:
    for path in FOLDER.glob("*.json"):
        for panel in json.loads(path.read_text())["panels"]:
            if panel["type"] != "row":
                assert panel["description"], (path.name, panel["title"])
                assert panel["targets"], (path.name, panel["title"])


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    named = set()
    for rule in rules():
        expected = re.sub(r"(?<!^)(?=[A-Z])", "-", rule["alert"]).lower()
        assert rule["annotations"]["runbook_url"] == f"{RUNBOOKS}/{expected}.md"
        assert rule["labels"]["severity"] in ("critical", "warning")
        named.add(f"{expected}.md")
    assert {path.name for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README.md"} == named


@pytest.mark.parametrize(
    "command",
    [
        ["promtool", "check", "rules", str(PROMETHEUS / "alerts.yml")],
        ["promtool", "check", "config", str(PROMETHEUS / "prometheus.yml")],
        ["promtool", "test", "rules", str(PROMETHEUS / "alerts_test.yml")],
        ["amtool", "check-config", str(ROOT / "deploy" / "alertmanager" / "alertmanager.yml")],
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_the_programs_accept_their_files(command: list[str]) -> None:
    if observing.find_binary("prometheus") is None or observing.find_binary("alertmanager") is None:
        pytest.skip(f"Prometheus and Alertmanager are not here: {observing.HINT}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: f"{rule['alert']} {rule['labels'].get('window', '')}")
def test_every_alert_goes_to_the_receiver_of_its_severity(rule: dict[str, Any]) -> None:
    if observing.find_binary("alertmanager") is None:
        pytest.skip(f"Alertmanager is not here: {observing.HINT}")
    labels = {"alertname": rule["alert"], **rule["labels"]}
    file = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
    command = ["amtool", "config", "routes", "test", f"--config.file={file}"]
    command += [f"{name}={value}" for name, value in labels.items()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == {"critical": "on-call", "warning": "daytime"}[labels["severity"]]


def test_every_alert_is_tested_with_promtool() -> None:
    named = {rule["alert"] for rule in rules()}
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    fires = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case.get("exp_alerts")}
    stays_silent = {
        case["alertname"] for test in tests for case in test["alert_rule_test"] if not case.get("exp_alerts")
    }
    assert fires == named
    assert stays_silent == named
