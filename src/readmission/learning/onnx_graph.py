"""Build one ONNX graph from features to calibrated probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FEATURES = "features"
PROBABILITIES = "probabilities"
OPSET = 17
ML_OPSET = 3
_IR_VERSION = 9
_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class Tree:
    """One binary decision tree; node 0 is the root, children of a leaf are -1.

    A row goes left where ``feature <= threshold``. ``leaf_values``: [nodes, targets], what a leaf adds to
    each target; ignored for inner nodes.
    """

    features: NDArray[np.int64]
    thresholds: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    leaf_values: NDArray[np.float64]
    targets: tuple[int, ...]


def floor_to_float32(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 not above each value.

    Features are float32, so ``x <= threshold`` has the same answer with the float64 threshold and with
    this one; rounding to nearest would send some rows the other way.
    """
    finite = np.clip(np.asarray(values), np.finfo(np.float32).min, np.finfo(np.float32).max)
    rounded = finite.astype(np.float32)
    above = rounded.astype(np.float64) > finite
    rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return rounded


@dataclass(slots=True)
class GraphBuilder:
    """Collects nodes and constants; names are by position, so the same model gives the same bytes."""

    n_features: int
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, value: NDArray[Any]) -> str:
        """Add a constant tensor; float64 becomes float32."""
        return self.exact_constant(value.astype(np.float32) if value.dtype == np.float64 else value)

    def exact_constant(self, value: NDArray[Any]) -> str:
        """Add a constant tensor of the very type given."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: Sequence[str], domain: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its only output."""
        output = f"tensor_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], output, domain=domain, **attributes))
        return output

    def include(self, other: onnx.GraphProto, given: str, output: int) -> str:
        """Add the nodes of another graph with one input; returns the new name of one of its outputs.

        Only nodes that this output needs are added; names are by position, as everywhere.

        Args:
            other: a whole graph.
            given: the tensor that stands for its input.
            output: which of its outputs.
        """
        wanted = {other.output[output].name}
        needed = []
        for node in reversed(other.node):
            if wanted & set(node.output):
                needed.append(node)
                wanted |= set(node.input)
        names = {other.input[0].name: given, "": ""}
        for tensor in other.initializer:
            if tensor.name in wanted:
                names[tensor.name] = self.exact_constant(numpy_helper.to_array(tensor))
        for node in reversed(needed):
            added = onnx.NodeProto()
            added.CopyFrom(node)
            position = len(self.nodes)
            for index, name in enumerate(node.output):
                names[name] = f"tensor_{position}" if index == 0 else f"tensor_{position}_{index}"
            added.name = f"tensor_{position}"
            added.ClearField("input")
            added.ClearField("output")
            added.input.extend(names[name] for name in node.input)
            added.output.extend(names[name] if name else "" for name in node.output)
            self.nodes.append(added)
        return names[other.output[output].name]

    def trees(self, trees: Sequence[Tree], n_targets: int) -> str:
        """Add an ensemble of trees: float32[N, n_targets], the sum over the trees.

        Where each tree adds to one target only, every target gets an ensemble of its own: ONNX Runtime adds up one
        target by a shorter way than several.
        """
        targets = {tree.targets for tree in trees}
        if n_targets == 1 or targets != {(target,) for target in range(n_targets)}:
            return self._ensemble(trees, n_targets, first_target=0)
        columns = [
            self._ensemble([tree for tree in trees if tree.targets == (target,)], 1, first_target=target)
            for target in range(n_targets)
        ]
        return self.node("Concat", columns, axis=1)

    def _ensemble(self, trees: Sequence[Tree], n_targets: int, first_target: int) -> str:
        nodes: dict[str, list[Any]] = {key: [] for key in ("tree", "node", "feature", "mode", "value", "yes", "no")}
        leaves: dict[str, list[Any]] = {key: [] for key in ("tree", "node", "target", "weight")}
        for index, tree in enumerate(trees):
            is_leaf = tree.left < 0
            count = len(is_leaf)
            nodes["tree"] += [index] * count
            nodes["node"] += range(count)
            nodes["feature"] += np.where(is_leaf, 0, tree.features).tolist()
            # "Greater goes right", not "at most goes left": ONNX Runtime lays the child of "no" beside its parent,
            # and most rows go left, for most features are mostly 0.
            nodes["mode"] += ["LEAF" if leaf else "BRANCH_GT" for leaf in is_leaf]
            nodes["value"] += floor_to_float32(np.where(is_leaf, 0.0, tree.thresholds)).tolist()
            nodes["yes"] += np.where(is_leaf, 0, tree.right).tolist()
            nodes["no"] += np.where(is_leaf, 0, tree.left).tolist()
            for position in np.flatnonzero(is_leaf).tolist():
                for column, target in enumerate(tree.targets):
                    leaves["tree"].append(index)
                    leaves["node"].append(position)
                    leaves["target"].append(target - first_target)
                    leaves["weight"].append(float(tree.leaf_values[position, column]))
        return self.node(
            "TreeEnsembleRegressor",
            [FEATURES],
            domain="ai.onnx.ml",
            n_targets=n_targets,
            nodes_treeids=nodes["tree"],
            nodes_nodeids=nodes["node"],
            nodes_featureids=nodes["feature"],
            nodes_modes=nodes["mode"],
            nodes_values=nodes["value"],
            nodes_truenodeids=nodes["yes"],
            nodes_falsenodeids=nodes["no"],
            target_treeids=leaves["tree"],
            target_nodeids=leaves["node"],
            target_ids=leaves["target"],
            target_weights=leaves["weight"],
        )

    def calibrate(self, probabilities: str, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> str:
        """Add ``softmax(log(p) @ weights + bias)``.

        In float64: large weights make more than 1e-6 of float32's errors, and ONNX Runtime's float32 logarithm has
        another last bit for a row alone than for one among many.
        """
        exact = self.node("Cast", [probabilities], to=TensorProto.DOUBLE)
        logs = self.node("Log", [self.node("Max", [exact, self.exact_constant(np.array(_SMALLEST))])])
        scaled = self.node("MatMul", [logs, self.exact_constant(weights)])
        calibrated = self.node("Softmax", [self.node("Add", [scaled, self.exact_constant(bias)])], axis=1)
        return self.node("Cast", [calibrated], to=TensorProto.FLOAT)

    def finish(self, output: str) -> bytes:
        """The whole model as bytes, checked: ``features`` float32[N, F] to ``probabilities`` float32[N, 3]."""
        self.nodes.append(helper.make_node("Identity", [output], [PROBABILITIES], PROBABILITIES))
        graph = helper.make_graph(
            self.nodes,
            "readmission",
            [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["N", self.n_features])],
            [helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, ["N", 3])],
            self.constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, producer_name="readmission", opset_imports=opsets, ir_version=_IR_VERSION)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))
