"""docs/reference/model-quality.md: every number of an evaluation, beside the command that gave it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readmission.contract.target import T1, T2
from readmission.pipeline.candidate import Probabilities
from readmission.pipeline.decision_threshold import choose_threshold
from readmission.pipeline.evaluation.measure_division import MeasuredDivision, Score
from readmission.pipeline.metrics import calibration_line, split_targets
from readmission.pipeline.plots import draw_plots
from readmission.pipeline.quality_plots import draw_quality_plots
from readmission.pipeline.subgroups import Subgroup, measure_subgroups
from readmission.pipeline.utility import measure_decisions

Targets = dict[str, tuple[NDArray[np.bool_], Probabilities]]
METRICS = {
    "risk_30d_roc_auc": "T1 AUC",
    "risk_any_roc_auc": "T2 AUC",
    "risk_30d_ece": "T1 ECE",
    "risk_any_ece": "T2 ECE",
}


def summarise(
    by_patient: Sequence[MeasuredDivision], side_views: Sequence[MeasuredDivision], followed: Sequence[Score]
) -> dict[str, Any]:
    """Mean and SD of every way over the splits by patient; value and interval of everything else."""
    ways: dict[str, list[Score]] = {}
    for each in by_patient:
        for score in each.scores:
            ways.setdefault(score.way, []).append(score)
    return {
        "ways": {
            way: {
                metric: {
                    "mean": float(np.mean([score.values[metric] for score in scores])),
                    "sd": float(np.std([score.values[metric] for score in scores], ddof=1)) if len(scores) > 1 else 0.0,
                }
                for metric in scores[0].values
            }
            for way, scores in ways.items()
        },
        "splits": [_flat(each.scores[0]) for each in by_patient],
        "side_views": [_flat(score) for each in side_views for score in each.scores] + [_flat(s) for s in followed],
    }


def _flat(score: Score) -> dict[str, Any]:
    return {"way": score.way, "division": score.division, "values": score.values, "intervals": score.intervals}


def write_report(folder: Path, summary: dict[str, Any], first: MeasuredDivision) -> None:
    """Write model-quality.md and the pictures of the first split into a folder."""
    test, probabilities = first.tested, first.probabilities
    if test is None or probabilities is None:
        raise ValueError("the first split's encounters were not kept")
    threshold = choose_threshold()
    subgroups = measure_subgroups(
        probabilities, test.labels, test.encounters, test.patients, threshold, summary["seed"]
    )
    pictures = folder / "model-quality"
    pictures.mkdir(parents=True, exist_ok=True)
    figures = {
        **draw_plots(probabilities, test.labels),
        **draw_quality_plots(probabilities, test.labels, subgroups, threshold),
    }
    for name, figure in figures.items():
        figure.savefig(pictures / name, metadata={"Software": None})
    (folder / "model-quality.md").write_text(
        render(summary, first.name, split_targets(probabilities, test.labels), subgroups, threshold), encoding="utf-8"
    )


def render(
    summary: dict[str, Any], first: str, targets: Targets, subgroups: Sequence[Subgroup], threshold: float
) -> str:
    """The page; ``first``: name of the split whose ``targets`` and subgroups are shown."""
    data = summary["dataset"]
    lines = [
        "<!-- Written by `readmission evaluate`; do not edit. -->",
        "",
        "# Model quality",
        "",
        f"`make evaluate` (data: {data['kind']}, {data['rows']:,} rows, SHA-256 {data['sha256'][:12]}...; candidate"
        f" `{summary['candidate']}`, seed {summary['seed']}). T1: back within 30 days; T2: back at all. Nothing is chosen or tuned"
        " on test encounters; validation is left out, as in the platform.",
        "",
        f"## Mean and SD over {len(summary['salts'])} splits by patient",
        "",
        "| way | " + " | ".join(METRICS.values()) + " |",
        "|---|" + "---|" * len(METRICS),
        *(
            f"| {way} | " + " | ".join(_mean(found, metric) for metric in METRICS) + " |"
            for way, found in summary["ways"].items()
        ),
        "",
        "LACE is approximated: acuity from the admission type, comorbidity from three diagnoses, emergency visits of a year instead of six"
        " months. LACE and SVM give no probability, so they have no ECE.",
        "",
        "## Every split, 95 % intervals (200 bootstrap samples of patients)",
        "",
        *_interval_table(summary["splits"]),
        "",
        "## Other ways to split: what leakage and drift would look like",
        "",
        *_interval_table(summary["side_views"]),
        "",
        "By row, patients of the test part are in train too. By time (the order of `encounter_id`, a proxy) the prevalence falls"
        " and calibration with it: drift to watch. The followed project's way is its SVM with its split by row.",
        "",
        f"## Calibration and decisions, split {first}",
        "",
        *(
            f"- {name}: calibration slope {calibration_line(*targets[target])[0]:.3f}, intercept {calibration_line(*targets[target])[1]:+.3f}"
            for name, target in (("T1", T1), ("T2", T2))
        ),
        *_decisions(measure_decisions(*targets[T1], threshold), threshold),
        "",
        "![Calibration](model-quality/calibration.png)",
        "![ROC](model-quality/roc.png)",
        "![Precision and recall](model-quality/precision_recall.png)",
        "![Decision curve](model-quality/decision_curve.png)",
        "",
        f"## Groups with at least 300 patients, split {first}",
        "",
        *subgroup_table(subgroups),
        "",
        "![Groups](model-quality/subgroups.png)",
        "",
        "Age is the real gap: the risk of the old is told apart far less well than that of the young.",
    ]
    return "\n".join(lines) + "\n"


def subgroup_table(subgroups: Sequence[Subgroup]) -> list[str]:
    """Lines of a Markdown table: AUC with intervals, calibration in the large, rates at the threshold."""
    return [
        "| group | patients | T1 AUC | T2 AUC | T1 seen / predicted | T2 seen / predicted | flagged | sensitivity | precision |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {g.name} | {g.patients:,} | "
            + " | ".join(f"{g.auc[t]:.3f} ({g.auc_interval[t][0]:.3f}-{g.auc_interval[t][1]:.3f})" for t in (T1, T2))
            + " | "
            + " | ".join(f"{g.observed[t]:.3f} / {g.mean_risk[t]:.3f}" for t in (T1, T2))
            + f" | {g.flag_rate:.3f} | {g.sensitivity:.3f} | {g.precision:.3f} |"
            for g in subgroups
        ),
    ]


def _mean(found: dict[str, dict[str, float]], metric: str) -> str:
    if metric not in found:
        return ""
    return f"{found[metric]['mean']:.4f} ± {found[metric]['sd']:.4f}"


def _interval_table(scores: list[dict[str, Any]]) -> list[str]:
    def cell(score: dict[str, Any], metric: str) -> str:
        if metric not in score["values"]:
            return ""
        low, high = score["intervals"][metric]
        return f"{score['values'][metric]:.4f} ({low:.4f}-{high:.4f})"

    return [
        "| split | way | " + " | ".join(METRICS.values()) + " |",
        "|---|---|" + "---|" * len(METRICS),
        *(
            f"| {score['division']} | {score['way']} | " + " | ".join(cell(score, metric) for metric in METRICS) + " |"
            for score in scores
        ),
    ]


def _decisions(found: dict[str, float], threshold: float) -> list[str]:
    return [
        f"- At the threshold {threshold:.4f} (a missed return costs as much as five needless follow-ups): {found['flag_rate']:.1%} flagged,"
        f" sensitivity {found['sensitivity']:.1%}, specificity {found['specificity']:.1%}, precision {found['precision']:.1%},"
        f" {found['number_needed_to_evaluate']:.1f} flagged for one who returns, net benefit {found['net_benefit']:+.4f}."
    ]
