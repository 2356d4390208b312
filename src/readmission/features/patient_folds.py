"""Folds that never part a patient: the same patient is always in the same fold."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def assign_folds(patients: Sequence[int] | NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """Fold (0 to ``folds - 1``) of each encounter, by a hash of its patient.

    A hash depends on nothing but the patient and the seed: neither the order of the rows nor the other
    patients change it.

    >>> folds = assign_folds([7, 7, 9, 12], folds=2, seed=1)
    >>> bool(folds[0] == folds[1])  # a patient's stays are never divided
    True
    """
    distinct, patient_of = np.unique(np.asarray(patients, dtype=np.int64), return_inverse=True)
    hashes = (hashlib.blake2b(f"{seed}:{patient}".encode(), digest_size=8) for patient in distinct.tolist())
    fold_of = (int.from_bytes(each.digest(), "big") % folds for each in hashes)
    assigned: NDArray[np.int64] = np.fromiter(fold_of, np.int64, len(distinct))[patient_of]
    return assigned
