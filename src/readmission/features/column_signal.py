"""How much a single column tells about the outcome, beyond what chance would make it seem to tell.

Signal is the mutual information of the column with the three-class outcome, in bits. A column of many
values has some by chance alone, so it is held against the same number under permutations of the outcome.
Rows of one patient count as independent here, which makes the test a little too generous: it errs on the side
of keeping a column.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from readmission.contract.target import CLASSES

PERMUTATIONS = 99

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Signal:
    """Mutual information in bits, its mean and largest value under permutation, and the p-value.

    ``p_value`` is (1 + permutations that reach the observed value) / (1 + permutations).
    """

    bits: float
    chance_mean: float
    chance_max: float
    p_value: float

    @property
    def excess_bits(self) -> float:
        """Information beyond chance, never negative."""
        return max(self.bits - self.chance_mean, 0.0)


def measure_signal(values: Codes, outcomes: Codes, seed: int) -> Signal:
    """Signal of a column.

    Args:
        values: [N] value of the column as a code from 0; missing is a code of its own.
        outcomes: [N] class index in the order of the contract.
        seed: seed of the permutations.
    """
    draw = np.random.default_rng(seed)
    bits = _mutual_information(values, outcomes)
    chance = np.array([_mutual_information(values, draw.permutation(outcomes)) for _ in range(PERMUTATIONS)])
    reached = int((chance >= bits).sum())
    return Signal(bits, float(chance.mean()), float(chance.max()), (1 + reached) / (1 + PERMUTATIONS))


def _mutual_information(values: Codes, outcomes: Codes) -> float:
    classes = len(CLASSES)
    table = np.bincount(values * classes + outcomes, minlength=(int(values.max()) + 1) * classes)
    joint = table.reshape(-1, classes) / len(values)
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    seen = joint > 0
    return float(np.sum(joint[seen] * np.log2(joint[seen] / independent[seen])))
