"""Which split a patient belongs to: decided by a salted hash, for ever, by nobody's choice."""

import hashlib
from collections.abc import Iterable
from typing import Literal, get_args

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_TRAIN_BELOW = 0.6
_VALIDATION_BELOW = 0.8


def assign_split(patient_nbr: int | str, salt: str) -> Split:
    """The split of a patient, the same for every encounter, in every process and version.

    The first 8 bytes of SHA-256 of ``salt:patient_nbr``, read as a big-endian integer over 2**64:
    below .6 is train, below .8 is validation, the rest is test.

    Args:
        patient_nbr: the patient's number; leading zeros of a text do not count.
        salt: another salt gives another, independent split.
    """
    digest = hashlib.sha256(f"{salt}:{int(patient_nbr)}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    if position < _TRAIN_BELOW:
        return "train"
    return "validation" if position < _VALIDATION_BELOW else "test"


def assign_splits(patient_nbrs: Iterable[int], salt: str) -> dict[int, Split]:
    """The split of every distinct patient; about a microsecond each."""
    return {patient: assign_split(patient, salt) for patient in set(patient_nbrs)}
