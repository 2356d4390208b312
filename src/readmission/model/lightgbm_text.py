"""Read the trees of a LightGBM model from its own text format, without LightGBM."""

import numpy as np

from readmission.errors import ArtifactError
from readmission.model.tree_contributions import GrownTree

N_TARGETS = 3


def read_lightgbm_text(text: str) -> list[GrownTree]:
    """The trees of one three-class booster; tree ``i`` adds to target ``i % 3``.

    Raises:
        ArtifactError: the text cannot be read, or splits on categories (ours never do).
    """
    try:
        blocks = text.split("\nTree=")[1:]
        return [_read_tree(block.partition("end of trees")[0], index % N_TARGETS) for index, block in enumerate(blocks)]
    except (KeyError, ValueError, IndexError) as error:
        raise ArtifactError(f"the trees cannot be read: {type(error).__name__}: {error}") from error


def _read_tree(block: str, target: int) -> GrownTree:
    fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    if fields["num_cat"] != "0":
        raise ValueError("a split on categories")

    def integers(name: str) -> np.ndarray:
        return np.array(fields.get(name, "").split(), dtype=np.int64)

    def floats(name: str) -> np.ndarray:
        return np.array(fields.get(name, "").split(), dtype=np.float64)

    return GrownTree(
        features=integers("split_feature"),
        thresholds=floats("threshold"),
        left=integers("left_child"),
        right=integers("right_child"),
        inner_rows=floats("internal_count"),
        leaf_rows=floats("leaf_count"),
        leaf_values=floats("leaf_value"),
        target=target,
    )
