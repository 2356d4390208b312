"""Folds that never part a patient: the same patient is always in the same fold."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def assign_folds(patients: Sequence[int], folds: int, seed: int) -> NDArray[np.int64]:
    """Fold (0 to ``folds - 1``) of each encounter, by a hash of its patient.

    A hash depends on nothing but the patient and the seed: neither the order of the rows nor the other
    patients change it.
    """
    return np.fromiter(
        (
            int.from_bytes(hashlib.blake2b(f"{seed}:{patient}".encode(), digest_size=8).digest(), "big") % folds
            for patient in patients
        ),
        dtype=np.int64,
        count=len(patients),
    )
