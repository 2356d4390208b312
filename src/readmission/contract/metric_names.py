"""How metrics are named in MLflow: group, target and metric, `validation/risk_30d/roc_auc` for instance.

MLflow shows what stands before a slash as a group of its own. Inside the code a metric has no group
(`risk_30d_roc_auc`): the split it was measured on is known there.
"""

from collections.abc import Mapping

from readmission.contract.target import T1, T2

CROSS_VALIDATION = "cross_validation"
GROUPS = (CROSS_VALIDATION, "validation", "test")


def add_group(metrics: Mapping[str, float], group: str) -> dict[str, float]:
    """Metrics under the names MLflow gets.

    >>> add_group({"risk_30d_roc_auc": 0.68}, "validation")
    {'validation/risk_30d/roc_auc': 0.68}
    """
    return {f"{group}/{_split_target(name)}": value for name, value in metrics.items()}


def read_group(metrics: Mapping[str, float], group: str) -> dict[str, float]:
    """The metrics of one group of a run, without the group.

    Runs of before had `validation_risk_30d_roc_auc`, and no group at all for a candidate's cross-validation.

    >>> read_group({"validation/risk_30d/roc_auc": 0.68, "training/rows": 900}, "validation")
    {'risk_30d_roc_auc': 0.68}
    """
    found = {name.removeprefix(f"{group}/"): value for name, value in metrics.items() if name.startswith(f"{group}/")}
    if found:
        return {name.replace("/", "_"): value for name, value in found.items()}
    found = {name.removeprefix(f"{group}_"): value for name, value in metrics.items() if name.startswith(f"{group}_")}
    if found or group != CROSS_VALIDATION:
        return found
    return {name: value for name, value in metrics.items() if not name.startswith(GROUPS)}


def _split_target(name: str) -> str:
    for target in (T1, T2):
        if name.startswith(f"{target}_"):
            return f"{target}/{name.removeprefix(f'{target}_')}"
    return name
