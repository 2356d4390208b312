"""The pictures a run shows: ROC, precision-recall and calibration, both targets side by side."""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from readmission.contract.target import T1, T2
from readmission.learning.candidate import Probabilities
from readmission.learning.measures.metrics import Labels, calibration_bins, measure, split_targets

TITLES = {T1: "Readmitted within 30 days", T2: "Readmitted at all"}
_SIZE = (9.0, 4.2)
_COLOUR = "#1f5fa8"


def draw_plots(probabilities: Probabilities, labels: Labels) -> dict[str, Figure]:
    """File name to figure."""
    found = measure(probabilities, labels)

    def roc(axes: Axes, target: str) -> None:
        outcomes, risks = split_targets(probabilities, labels)[target]
        false_positive, true_positive, _ = roc_curve(outcomes, risks)
        axes.plot(false_positive, true_positive, color=_COLOUR, label=f"AUC {found[f'{target}_roc_auc']:.3f}")
        axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
        axes.set(xlabel="Flagged of those who stayed away", ylabel="Flagged of those who came back")

    def precision_recall(axes: Axes, target: str) -> None:
        outcomes, risks = split_targets(probabilities, labels)[target]
        precision, recall, _ = precision_recall_curve(outcomes, risks)
        axes.plot(recall, precision, color=_COLOUR, label=f"PR AUC {found[f'{target}_pr_auc']:.3f}")
        axes.axhline(outcomes.mean(), color="grey", linestyle=":", label=f"Prevalence {outcomes.mean():.3f}")
        axes.set(xlabel="Recall", ylabel="Precision", ylim=(0, 1))

    def calibration(axes: Axes, target: str) -> None:
        outcomes, risks = split_targets(probabilities, labels)[target]
        mean_risk, share, _ = calibration_bins(outcomes, risks)
        top = float(max(mean_risk.max(), share.max())) * 1.05
        axes.plot([0, top], [0, top], color="grey", linestyle=":")
        axes.plot(mean_risk, share, "o-", color=_COLOUR, label=f"ECE {found[f'{target}_ece']:.4f}")
        axes.set(
            xlabel="Predicted risk (mean of each tenth)", ylabel="Share that came back", xlim=(0, top), ylim=(0, top)
        )

    return {
        "roc.png": _draw(roc),
        "precision_recall.png": _draw(precision_recall),
        "calibration.png": _draw(calibration),
    }


def _draw(draw_one: Callable[[Axes, str], None]) -> Figure:
    figure = Figure(figsize=_SIZE, layout="constrained", dpi=110)
    for axes, target in zip(figure.subplots(1, 2), (T1, T2), strict=True):
        draw_one(axes, target)
        axes.set_title(TITLES[target])
        axes.legend(loc="best", frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    return figure
