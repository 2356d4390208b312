"""Trees as ONNX: every row takes the branch it took in training, even where float32 and float64 part."""

import numpy as np
import pytest

from readmission.learning.onnx_graph import GraphBuilder, Tree, floor_to_float32
from readmission.model.session import OUTPUT, open_session


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


@pytest.mark.parametrize(("targets", "ensembles"), [((0, 1, 2), 3), ((0, 2, 2), 1), ((0,), 1)])
def test_targets_are_summed_apart_where_each_tree_has_one_and_together_where_a_target_has_none(
    targets: tuple[int, ...], ensembles: int
) -> None:
    trees = [
        Tree(
            features=np.array([0, 0, 0]),
            thresholds=np.array([0.5, 0.0, 0.0]),
            left=np.array([1, -1, -1]),
            right=np.array([2, -1, -1]),
            leaf_values=np.array([[0.0], [1.0], [10.0]]) * (number + 1),
            targets=(target,),
        )
        for number, target in enumerate(targets)
    ]
    graph = GraphBuilder(1)
    session = open_session(graph.finish(graph.trees(trees, n_targets=3)))
    assert sum(node.op_type == "TreeEnsembleRegressor" for node in graph.nodes) == ensembles
    answers = session.run([OUTPUT], {"features": np.array([[0.0], [1.0]], dtype=np.float32)})[0]
    expected = np.zeros((2, 3))
    for number, target in enumerate(targets):
        expected[:, target] += np.array([1.0, 10.0]) * (number + 1)
    assert answers.tolist() == expected.tolist()
