"""docs/reference/model-quality.md: every number of an evaluation, beside the command that gave it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readmission.contract.target import T1, T2
from readmission.learning.candidate import Probabilities
from readmission.learning.decision_threshold import choose_threshold
from readmission.learning.evaluation.measure_division import MeasuredDivision, Score
from readmission.learning.measures.metrics import calibration_line, split_targets
from readmission.learning.measures.plots import draw_plots
from readmission.learning.measures.quality_plots import draw_quality_plots
from readmission.learning.measures.subgroups import Subgroup, measure_subgroups
from readmission.learning.measures.utility import measure_decisions

Targets = dict[str, tuple[NDArray[np.bool_], Probabilities]]
METRICS = {
    "risk_30d_roc_auc": "T1 AUC",
    "risk_any_roc_auc": "T2 AUC",
    "risk_30d_pr_auc": "T1 PR AUC",
    "risk_any_pr_auc": "T2 PR AUC",
    "risk_30d_ece": "T1 ECE",
    "risk_any_ece": "T2 ECE",
}


PICTURES = "model-quality"


def summarise(by_patient: Sequence[MeasuredDivision], side_views: Sequence[MeasuredDivision]) -> dict[str, Any]:
    """Mean and SD of every way over the splits by patient; value and interval of everything on every split."""
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
        "splits": [_flat(score) for scores in ways.values() for score in scores],
        "side_views": [_flat(score) for each in side_views for score in each.scores],
    }


def _flat(score: Score) -> dict[str, Any]:
    return {"way": score.way, "division": score.division, "values": score.values, "intervals": score.intervals}


def write_report(folder: Path, summary: dict[str, Any], first: MeasuredDivision) -> None:
    """Write reference/model-quality.md and the pictures of the first split into the folder of the docs."""
    test, probabilities = first.tested, first.probabilities
    if test is None or probabilities is None:
        raise ValueError("the first split's encounters were not kept")
    threshold = choose_threshold()
    subgroups = measure_subgroups(
        probabilities, test.labels, test.encounters, test.patients, threshold, summary["seed"]
    )
    figures = {
        **draw_plots(probabilities, test.labels),
        **draw_quality_plots(probabilities, test.labels, subgroups, threshold),
    }
    for part in ("pictures", "reference"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(folder / "pictures" / f"{PICTURES}-{name}", metadata={"Software": None})
    (folder / "reference" / "model-quality.md").write_text(
        render(summary, first.name, split_targets(probabilities, test.labels), subgroups, threshold), encoding="utf-8"
    )


def render(
    summary: dict[str, Any], first: str, targets: Targets, subgroups: Sequence[Subgroup], threshold: float
) -> str:
    """The page; ``first``: name of the split whose ``targets`` and subgroups are shown."""
    data = summary["dataset"]
    ours = next(iter(summary["ways"]))
    lines = [
        "<!-- Written by `make evaluate`; do not edit. -->",
        "",
        "# Model quality",
        "",
        f"Command: `make evaluate` (data: {data['kind']}, {data['rows']:,} rows, SHA-256 {data['sha256'][:12]}...; candidate"
        f" `{summary['candidate']}`, seed {summary['seed']}).",
        "",
        "T1: back within 30 days; T2: back at all. AUC: area under the ROC curve. PR AUC: average precision. ECE: mean gap between"
        " risk and outcome over ten groups of equal size. Deaths and hospice are left out. 60 % of the patients train and calibrate,"
        " 20 % (validation) are left out, as in the platform, and 20 % are measured once. Nothing is chosen or tuned on them.",
        "",
        f"## Mean ± SD over {len(summary['salts'])} splits by patient ({', '.join(summary['salts'])})",
        "",
        "| way | " + " | ".join(METRICS.values()) + " |",
        "|---|" + "---|" * len(METRICS),
        *(
            f"| {way} | " + " | ".join(_mean(found, metric) for metric in METRICS) + " |"
            for way, found in summary["ways"].items()
        ),
        "",
        "LACE (van Walraven et al. 2010) is approximated: acuity from the admission type; comorbidity from three diagnoses, without"
        " dementia, connective tissue disease and AIDS, kidney disease as mild; emergency visits of a year instead of six months."
        " LACE and SVM give no probability, so they have no ECE. Prevalence gives everyone one risk, so that its ten groups are cut by"
        " the order of `encounter_id`: its ECE shows the drift over time. The followed project's way is its SVM on 1,000 undersampled rows and"
        " its split by row: five such splits, seeds beside the salts'. Undersampling trains on as many rows of each of the three"
        " classes; the prior is put back by each class's share in train over its share in the sample.",
        "",
        "## The model on every split, with 95 % intervals",
        "",
        "200 bootstrap samples of patients: a patient's stays come or go together. The ECE of a sample drawn again is higher than that of"
        " the sample itself, so its intervals lie to the right.",
        "",
        *_interval_table([score for score in summary["splits"] if score["way"] == ours]),
        "",
        "<details><summary>The baselines on every split, with 95 % intervals</summary>",
        "",
        *_interval_table([score for score in summary["splits"] if score["way"] != ours]),
        "",
        "</details>",
        "",
        "## Other ways to split: what leakage and drift would look like",
        "",
        *_interval_table(summary["side_views"]),
        "",
        "By row, patients of the test part are in train too; how much of that shows depends on the features, and ours tell no patient"
        " apart. First encounter only: one stay of each patient, as Strack et al. (2014)"
        " did. By time (the order of `encounter_id`, a proxy) the prevalence differs between the parts, and calibration suffers: drift to"
        " watch.",
        "",
        "| split | train rows | train patients | test rows | test patients | T1 in train / test | T2 in train / test |",
        "|---|---|---|---|---|---|---|",
        *(_division_row(name, found) for name, found in summary["divisions"].items()),
        "",
        f"## Calibration and decisions, split {first}",
        "",
        *(
            f"- {name}: calibration slope {calibration_line(*targets[target])[0]:.3f}, intercept {calibration_line(*targets[target])[1]:+.3f}"
            for name, target in (("T1", T1), ("T2", T2))
        ),
        *_decisions(measure_decisions(*targets[T1], threshold), threshold),
        "",
        *(
            f"![{title}](../pictures/{PICTURES}-{name})\n"
            for title, name in (
                ("Calibration", "calibration.png"),
                ("ROC", "roc.png"),
                ("Precision and recall", "precision_recall.png"),
                ("Decision curve", "decision_curve.png"),
            )
        ),
        f"## Groups with at least 300 patients, split {first}, 95 % intervals",
        "",
        *subgroup_table(subgroups),
        "",
        f"At the threshold {threshold:.4f}:",
        "",
        *rates_table(subgroups),
        "",
        f"![Groups](../pictures/{PICTURES}-subgroups.png)",
        "",
        "Age is the real gap: the risk of the old is told apart far less well than that of the young.",
    ]
    return "\n".join(lines) + "\n"


def subgroup_table(subgroups: Sequence[Subgroup]) -> list[str]:
    """Lines of a Markdown table: AUC, and calibration in the large, both targets, with intervals."""
    return [
        "| group | patients | T1 AUC | T2 AUC | T1 seen | T1 predicted less seen | T2 seen | T2 predicted less seen |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {g.name} | {g.patients:,} | "
            + " | ".join(_with_interval(g.auc[t], g.auc_interval[t]) for t in (T1, T2))
            + " | "
            + " | ".join(
                f"{g.observed[t]:.3f} | {_with_interval(g.mean_risk[t] - g.observed[t], g.gap_interval[t], '+.3f')}"
                for t in (T1, T2)
            )
            + " |"
            for g in subgroups
        ),
    ]


def rates_table(subgroups: Sequence[Subgroup]) -> list[str]:
    """Lines of a Markdown table: what the threshold does in each group, with intervals."""
    rates = {
        "flag_rate": "flagged",
        "sensitivity": "sensitivity",
        "specificity": "specificity",
        "precision": "precision",
    }
    return [
        "| group | " + " | ".join(rates.values()) + " |",
        "|---|" + "---|" * len(rates),
        *(
            f"| {g.name} | "
            + " | ".join(_with_interval(getattr(g, rate), g.rate_intervals[rate]) for rate in rates)
            + " |"
            for g in subgroups
        ),
    ]


def _with_interval(value: float, interval: tuple[float, float], form: str = ".3f") -> str:
    return f"{value:{form}} ({interval[0]:{form}} to {interval[1]:{form}})"


def _division_row(name: str, found: dict[str, dict[str, float]]) -> str:
    train, test = found["train"], found["test"]
    sizes = " | ".join(f"{part[what]:,}" for part in (train, test) for what in ("rows", "patients"))
    shares = " | ".join(f"{train[key]:.3f} / {test[key]:.3f}" for key in ("prevalence_30d", "prevalence_any"))
    return f"| {name} | {sizes} | {shares} |"


def _mean(found: dict[str, dict[str, float]], metric: str) -> str:
    if metric not in found:
        return ""
    return f"{found[metric]['mean']:.4f} ± {found[metric]['sd']:.4f}"


def _interval_table(scores: list[dict[str, Any]]) -> list[str]:
    def cell(score: dict[str, Any], metric: str) -> str:
        if metric not in score["values"]:
            return ""
        low, high = score["intervals"][metric]
        return f"{score['values'][metric]:.4f} ({low:.4f} to {high:.4f})"

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
