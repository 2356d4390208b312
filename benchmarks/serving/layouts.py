"""The same trees laid out in other ways in ONNX: microseconds a row of one thread, and whether answers are the same.

python -m benchmarks.serving.layouts
"""

import random
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnx
from onnx import helper

from benchmarks.serving.model import make_model
from benchmarks.serving.prepare import say
from readmission.model.artifact import ONNX_FILE
from readmission.model.session import OUTPUT, open_model, open_session

_TREES = "TreeEnsembleRegressor"
_ROUNDS = 300
Attributes = dict[str, list[Any]]


def read_ensembles(graph: onnx.GraphProto) -> list[Attributes]:
    """The attributes of each ensemble, as lists."""
    return [
        {each.name: list(each.ints or each.floats or each.strings) for each in node.attribute}
        for node in graph.node
        if node.op_type == _TREES
    ]


def at_most_goes_left(attributes: Attributes) -> Attributes:
    """The same tests asked the other way round."""
    modes = [b"BRANCH_LEQ" if mode == b"BRANCH_GT" else mode for mode in attributes["nodes_modes"]]
    yes, no = attributes["nodes_falsenodeids"], attributes["nodes_truenodeids"]
    return {**attributes, "nodes_modes": modes, "nodes_truenodeids": yes, "nodes_falsenodeids": no}


def as_one(ensembles: list[Attributes]) -> Attributes:
    """One ensemble of several targets for several of one."""
    merged: Attributes = {}
    trees = 0
    for target, attributes in enumerate(ensembles):
        moved = {**attributes, "target_ids": [target] * len(attributes["target_ids"])}
        for name in ("nodes_treeids", "target_treeids"):
            moved[name] = [tree + trees for tree in attributes[name]]
        for name, values in moved.items():
            merged[name] = merged.get(name, []) + values
        trees = max(moved["nodes_treeids"]) + 1
    return merged


def rebuild(content: bytes, ensembles: list[Attributes]) -> bytes:
    """The model with other ensembles in the place of its own."""
    model = onnx.load_from_string(content)
    nodes = list(model.graph.node)
    concat = next(node for node in nodes if node.op_type == "Concat")
    rest = nodes[nodes.index(concat) + 1 :]
    targets = 1 if len(ensembles) > 1 else len(read_ensembles(model.graph))
    made = []
    for number, attributes in enumerate(ensembles):
        single = {name: values for name, values in attributes.items() if name != "n_targets"}
        output = f"scores_{number}" if len(ensembles) > 1 else concat.output[0]
        node = helper.make_node(_TREES, ["features"], [output], domain="ai.onnx.ml", n_targets=targets)
        node.attribute.extend(helper.make_attribute(name, values) for name, values in single.items())
        made.append(node)
    if len(ensembles) > 1:
        made.append(helper.make_node("Concat", [node.output[0] for node in made], [concat.output[0]], axis=1))
    del model.graph.node[:]
    model.graph.node.extend([*made, *rest])
    return bytes(model.SerializeToString())


def main() -> None:
    """Time the layouts in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "model"
        _, encounters = make_model(folder)
        content = (folder / ONNX_FILE).read_bytes()
        features = open_model(folder).encoder.transform(encounters)
    apart = read_ensembles(onnx.load_from_string(content).graph)
    turned = [at_most_goes_left(ensemble) for ensemble in apart]
    sessions = {
        "greater goes right, an ensemble a target (ours)": open_session(content),
        "greater goes right, one ensemble": open_session(rebuild(content, [as_one(apart)])),
        "at most goes left, an ensemble a target": open_session(rebuild(content, turned)),
        "at most goes left, one ensemble": open_session(rebuild(content, [as_one(turned)])),
    }
    answers = [session.run([OUTPUT], {"features": features})[0] for session in sessions.values()]
    say(f"all answers the same to the bit: {all(np.array_equal(answers[0], other) for other in answers[1:])}")
    draw = np.random.default_rng(0)
    for rows in (1, 14, 57):
        seconds: dict[str, list[float]] = {name: [] for name in sessions}
        for _ in range(_ROUNDS):
            batch = features[draw.integers(0, len(features), rows)]
            for name in random.sample(list(sessions), len(sessions)):
                started = time.perf_counter()
                sessions[name].run([OUTPUT], {"features": batch})
                seconds[name].append(time.perf_counter() - started)
        for name, each in seconds.items():
            say(f"batches of {rows:2}: {median(each) / rows * 1e6:5.1f} us a row, {name}")


if __name__ == "__main__":
    main()
