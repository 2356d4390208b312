"""Pictures of fairness and utility: AUC of each group, and the decision curve."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from readmission.contract.target import T1, T2
from readmission.learning.candidate import Probabilities
from readmission.learning.measures.metrics import Labels, split_targets
from readmission.learning.measures.plots import TITLES
from readmission.learning.measures.subgroups import Subgroup
from readmission.learning.measures.utility import decision_curve

_COLOUR = "#1f5fa8"


def draw_quality_plots(
    probabilities: Probabilities, labels: Labels, subgroups: Sequence[Subgroup], threshold: float
) -> dict[str, Figure]:
    """File name to figure."""
    return {
        "subgroups.png": _draw_subgroups(subgroups),
        "decision_curve.png": _draw_decision_curve(probabilities, labels, threshold),
    }


def _draw_subgroups(subgroups: Sequence[Subgroup]) -> Figure:
    figure = Figure(figsize=(9.0, 1.5 + 0.28 * len(subgroups)), layout="constrained", dpi=110)
    shown = list(reversed(subgroups))
    for axes, target in zip(figure.subplots(1, 2, sharey=True), (T1, T2), strict=True):
        for place, group in enumerate(shown):
            low, high = group.auc_interval[target]
            axes.plot([low, high], [place, place], color=_COLOUR)
            axes.plot([group.auc[target]], [place], "o", color=_COLOUR)
        axes.set_yticks(range(len(shown)), [f"{group.name} ({group.patients:,})" for group in shown])
        axes.set(xlabel="ROC AUC, 95 % interval (patients)", title=TITLES[target])
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_decision_curve(probabilities: Probabilities, labels: Labels, threshold: float) -> Figure:
    curve = decision_curve(*split_targets(probabilities, labels)[T1])
    figure = Figure(figsize=(6.5, 4.0), layout="constrained", dpi=110)
    axes = figure.subplots()
    axes.plot(curve.thresholds, curve.model, color=_COLOUR, label="Flag by the model")
    axes.plot(curve.thresholds, curve.everyone, color="grey", linestyle="--", label="Flag everyone")
    axes.axhline(0, color="black", linewidth=0.8, label="Flag no one")
    axes.axvline(threshold, color="grey", linestyle=":", label=f"Threshold {threshold:.3f}")
    axes.set(
        xlabel="Threshold on the risk of return within 30 days",
        ylabel="Net benefit per patient",
        ylim=(-0.02, float(max(curve.model.max(), curve.everyone.max())) * 1.1),
    )
    axes.legend(loc="best", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
