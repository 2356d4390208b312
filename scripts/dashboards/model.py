"""Model: version, distribution of the risks, drift, calibration, performance before and after labels."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from scripts.dashboards._panels import bars, lines, number, page, row, rows

_SERIES = "{{origin}} {{target}} v{{model_version}}"


def dashboard() -> Dashboard:
    """The dashboard."""
    made = page("model", "Model", "Which version answers, what it says, and how right it is.", "now-6h")
    made.with_panel(number("Champion", "Version the last decision made live", "none", "max(champion_version)"))
    made.with_panel(number("Labels reported", "Outcomes reported so far", "none", 'sum(outcomes_total{kind="first"})'))
    made.with_panel(number("Columns drifted", "In the newest comparisons", "none", "max(drift_columns)", alarm=1))
    made.with_panel(number("Retrainings asked for", "Since the beginning", "none", "sum(retrainings_total)"))
    made.with_row(row("Answers"))
    made.with_panel(
        bars("Risks", "The newest predictions by tenth of the risk", "none",
             "sum by (target, upto) (predictions_newest_by_risk)", "{{target}} up to {{upto}}")
    )  # fmt: skip
    made.with_panel(
        lines("Flagged", "Share of the newest predictions that say flag", "percentunit",
              ('(sum by (model_version) (predictions_newest{decision="flag"})'
               " or sum by (model_version) (predictions_newest) * 0)"
               " / sum by (model_version) (predictions_newest)", "version {{model_version}}"))
    )  # fmt: skip
    made.with_row(row("Performance: realised (labels are in) and estimated (before labels)"))
    for metric, title, meaning in (
        ("roc_auc", "ROC AUC", "How well the risks tell apart who comes back"),
        ("pr_auc", "PR AUC", "Mean precision over all thresholds"),
        ("brier", "Brier score", "Mean squared error of the risks"),
        ("ece", "Calibration error", "Mean gap between risk and share that came back, ten bins"),
    ):
        expression = f'model_performance{{slice="all", metric="{metric}"}}'
        made.with_panel(
            lines(title, meaning, "none", (expression, "{{origin}} {{kind}} {{target}} v{{model_version}}"))
        )
    made.with_panel(
        lines("Error of the estimate", "Estimated minus realised, of the same predictions", "none",
              ('model_performance{slice="all", metric=~".*_estimation_error"}',
               "{{origin}} {{metric}} {{target}} v{{model_version}}"), bound=-0.2)
    )  # fmt: skip
    made.with_panel(
        lines("ROC AUC with its interval", "95 % bootstrap interval of the realised AUC", "none",
              ('model_performance_low{kind="realised", slice="all", metric="roc_auc"}', f"{_SERIES} low"),
              ('model_performance{kind="realised", slice="all", metric="roc_auc"}', _SERIES),
              ('model_performance_high{kind="realised", slice="all", metric="roc_auc"}', f"{_SERIES} high"))
    )  # fmt: skip
    made.with_panel(
        lines("Calibration slope", "1 is right; below 1 the risks are too extreme", "none",
              ('model_performance{kind="realised", slice="all", metric="calibration_slope"}', _SERIES))
    )  # fmt: skip
    made.with_panel(
        bars("AUC by subgroup", "Realised ROC AUC of risk_30d", "none",
             'model_performance{kind="realised", slice!="all", target="risk_30d", metric="roc_auc"}',
             "{{origin}} {{slice}}")
    )  # fmt: skip
    made.with_panel(
        bars("Gate", "ROC AUC of challenger and champion at the last gate", "none",
             'gate_metric{metric=~"risk_.*_roc_auc"}', "{{contestant}} {{metric}}")
    )  # fmt: skip
    made.with_panel(
        bars("Training", "Mean ROC AUC over the folds of each candidate's newest training", "none",
             'training_metric{metric=~"risk_.*_roc_auc"}', "{{candidate}} {{metric}}")
    )  # fmt: skip
    made.with_row(row("Clinicians"))
    made.with_panel(
        lines("Feedback", "What clinicians said of answers, so far", "none", ("feedback_total", "{{verdict}}"))
    )
    made.with_panel(
        lines("Overridden", "Share of the feedback that overrides the answer", "percentunit",
              ('sum(feedback_total{verdict="override"}) / clamp_min(sum(feedback_total), 1)', "overridden"))
    )  # fmt: skip
    made.with_row(row("Drift against the champion's training profile"))
    made.with_panel(
        bars("Most drifted columns", "Population stability index; from 0.1 on it counts", "none",
             "topk(12, max by (origin, subject, column) (drift_psi))", "{{origin}} {{subject}} {{column}}")
    )  # fmt: skip
    made.with_panel(
        bars("Drift of the answers", "Population stability index of the risks", "none",
             'drift_psi{column=~"risk_.*"}', "{{origin}} {{subject}} {{column}}")
    )  # fmt: skip
    made.with_panel(
        lines(
            "Drift found",
            "1 if the newest comparison found drift",
            "none",
            ("drift_detected", "{{origin}} {{subject}}"),
        )
    )
    made.with_panel(
        rows("Missing values", "Largest changes of the share of missing values",
             "topk(10, abs(drift_missing_change))")
    )  # fmt: skip
    return made
