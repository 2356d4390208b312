"""docs/reference/alerts.md: every alert, when it fires, and its runbook."""

from pathlib import Path

import yaml

_RULES = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "alerts.yml"


def render() -> str:
    """The page as Markdown."""
    lines = [
        "# Alerts",
        "",
        "Prometheus's rules (`deploy/prometheus/alerts.yml`), each tested with `promtool` "
        "(`deploy/prometheus/alerts_test.yml`). Critical ones go to the receiver `on-call`, the others to `daytime`.",
        "",
    ]
    for group in yaml.safe_load(_RULES.read_text(encoding="utf-8"))["groups"]:
        lines += [f"## {group['name']}", "", "| alert | severity | for | when |", "|---|---|---|---|"]
        for rule in group["rules"]:
            page = "runbooks" + rule["annotations"]["runbook_url"].partition("{{ end }}")[2]
            expression = " ".join(rule["expr"].split()).replace("|", "\\|")
            lines.append(
                f"| [{rule['alert']}](../{page}) | {rule['labels']['severity']} | {rule.get('for', 'at once')} "
                f"| `{expression}` |"
            )
        lines.append("")
    return "\n".join(lines)
