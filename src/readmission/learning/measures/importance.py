"""What moves the risks of many patients: mean size of each contribution, and how it depends on the value.

From the same exact contributions as a single explanation (``model.reasons``), so that what is shown of all
patients is what each of them would be told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from readmission.contract.target import T1, T2
from readmission.features.feature_groups import GROUP_TITLES
from readmission.learning.measures.plots import TITLES
from readmission.model.reasons import StoredReasons
from readmission.model.session import StoredModel

SAMPLE = 400
"""Encounters taken apart: about two seconds for the recipe's trees."""
_PANELS = 6
_COLOUR = "#1f5fa8"


@dataclass(frozen=True, slots=True)
class Importance:
    """Contributions to each risk, in risk points.

    ``values`` float32[N, F]: encoded features. ``by_feature``: target to float64[N, F]. ``groups``: clinical group of
    each feature.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    values: NDArray[np.float32]
    by_feature: dict[str, NDArray[np.float64]]

    def by_group(self, target: str) -> dict[str, float]:
        """Mean size of each group's summed contribution, the largest first."""
        known = np.array(self.groups)
        found = {
            group: float(np.abs(self.by_feature[target][:, known == group].sum(axis=1)).mean())
            for group in dict.fromkeys(self.groups)
        }
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def measure_importance(
    model: StoredModel, reasons: StoredReasons, encounters: Sequence[Mapping[str, Any]], seed: int
) -> Importance:
    """Take the risks of some encounters apart.

    Args:
        model: the version.
        reasons: its reasons.
        encounters: a sample of 400 is drawn if there are more.
        seed: of the sample.
    """
    drawn = np.random.default_rng(seed).permutation(len(encounters))[:SAMPLE]
    some = [encounters[row] for row in np.sort(drawn).tolist()]
    taken = [reasons.explain(model, encounter) for encounter in some]
    encoder = model.encoder
    return Importance(
        encoder.feature_names,
        tuple(encoder.feature_groups[name] for name in encoder.feature_names),
        encoder.transform(some),
        {target: np.array([each[target].by_feature for each in taken]) for target in (T1, T2)},
    )


def draw_importance(found: Importance) -> dict[str, Figure]:
    """File name to figure: groups by importance, and how the strongest features move the risk within 30 days."""
    return {"importance.png": _draw_groups(found), "dependence.png": _draw_dependence(found)}


def _draw_groups(found: Importance) -> Figure:
    figure = Figure(figsize=(9.0, 5.2), layout="constrained", dpi=110)
    order = list(reversed(found.by_group(T1)))
    for axes, target in zip(figure.subplots(1, 2, sharey=True), (T1, T2), strict=True):
        sizes = found.by_group(target)
        axes.barh([GROUP_TITLES[group] for group in order], [100 * sizes[group] for group in order], color=_COLOUR)
        axes.set_title(TITLES[target])
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("Mean size of the contribution, percentage points", fontsize="medium")
    return figure


def _draw_dependence(found: Importance) -> Figure:
    points = found.by_feature[T1]
    strongest = np.argsort(-np.abs(points).mean(axis=0), kind="stable")[:_PANELS]
    figure = Figure(figsize=(9.0, 5.2), layout="constrained", dpi=110)
    for axes, feature in zip(figure.subplots(2, _PANELS // 2).flat, strongest.tolist(), strict=True):
        axes.plot(found.values[:, feature], 100 * points[:, feature], ".", color=_COLOUR, alpha=0.4)
        axes.axhline(0, color="grey", linewidth=0.8)
        axes.set_title(GROUP_TITLES[found.groups[feature]], fontsize=9)
        axes.set_xlabel(found.names[feature], fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supylabel("Contribution to the risk within 30 days, percentage points", fontsize=9)
    return figure
