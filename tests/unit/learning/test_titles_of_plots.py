"""No title and no axis title of a plot lies on another, and none is cut off."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from readmission.contract.target import T1, T2
from readmission.features.feature_groups import GROUP_TITLES
from readmission.learning.measures.importance import Importance, draw_importance
from readmission.learning.measures.plots import draw_plots
from readmission.learning.measures.quality_plots import draw_quality_plots


def made_up_figures() -> dict[str, Figure]:
    random = np.random.default_rng(1)
    probabilities = random.dirichlet([5, 3, 1], 800)
    labels = (probabilities.cumsum(axis=1) < random.random(800)[:, None]).sum(axis=1)
    groups = tuple(sorted(GROUP_TITLES, key=lambda group: -len(GROUP_TITLES[group])))  # the longest titles are drawn
    weights = np.linspace(2, 0.1, len(groups))
    points = random.normal(0, 1, (200, len(groups))) * weights
    found = Importance(
        tuple(f"a_long_name_of_feature_{group}" for group in groups),
        groups,
        points.astype(np.float32),
        {T1: points, T2: points},
    )
    return {
        **draw_plots(probabilities, labels),
        **draw_quality_plots(probabilities, labels, [], 0.2),
        **draw_importance(found),
    }


FIGURES = made_up_figures()


@pytest.mark.parametrize("name", FIGURES)
def test_no_title_lies_on_another(name: str) -> None:
    figure = FIGURES[name]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    texts = [text for axes in figure.axes for text in (axes.title, axes.xaxis.label, axes.yaxis.label)]
    above_all = (getattr(figure, name) for name in ("_supxlabel", "_supylabel", "_suptitle"))
    texts += [text for text in above_all if text is not None]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]
    for (one, first), (other, second) in combinations(boxes, 2):
        assert not first.overlaps(second), (one, other)
    width, height = canvas.get_width_height()
    for text, box in boxes:
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= width + 1, text
        assert box.y1 <= height + 1, text
