"""Trees as ONNX: every row takes the branch it took in training, even where float32 and float64 part."""

import numpy as np
import pytest

from readmission.pipeline.onnx_graph import GraphBuilder, Tree, floor_to_float32
from readmission.storage.stored_model import OUTPUT, open_session


def test_thresholds_are_rounded_down_never_up() -> None:
    values = np.array([0.1, -0.1, 1 / 3, 1e300, -1e300, 0.0, 1e-35])
    rounded = floor_to_float32(values)
    assert rounded.dtype == np.float32
    assert (rounded[[0, 1, 2, 5, 6]].astype(np.float64) <= values[[0, 1, 2, 5, 6]]).all()
    assert (np.nextafter(rounded[[0, 1, 2]], np.float32(np.inf)) > values[[0, 1, 2]]).all()


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_row_beside_the_threshold_goes_the_way_it_went_in_training(step: int) -> None:
    low = np.float32(0.1)
    high = np.nextafter(low, np.float32(1))
    threshold = (float(low) + float(high)) / 2 + step * 1e-12  # between two neighbours: float32 must pick the lower
    tree = Tree(
        features=np.array([0, 0, 0]),
        thresholds=np.array([threshold, 0.0, 0.0]),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        leaf_values=np.array([[0.0], [10.0], [20.0]]),
        targets=(0,),
    )
    graph = GraphBuilder(1)
    scores = graph.trees([tree], n_targets=3)
    session = open_session(graph.finish(scores))
    answers = session.run([OUTPUT], {"features": np.array([[low], [high]], dtype=np.float32)})[0]
    assert answers[:, 0].tolist() == [10.0, 20.0]
