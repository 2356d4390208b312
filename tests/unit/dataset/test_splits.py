"""Splits: known answers, and the laws that hold for every patient."""

import hashlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readmission.dataset.splits import SPLITS, assign_split, assign_splits

SALT = "readmission-v1"


@pytest.mark.parametrize(
    ("patient_nbr", "salt", "expected"),
    [
        # Computed by: printf %s readmission-v1:1 | sha256sum
        (1, SALT, "train"),
        (7, SALT, "validation"),
        (6, SALT, "test"),
        (2, "readmission-v2", "test"),
        (4, "readmission-v2", "train"),
    ],
)
def test_known_patients(patient_nbr: int, salt: str, expected: str) -> None:
    assert assign_split(patient_nbr, salt) == expected


@given(st.integers(min_value=1, max_value=2**63 - 1), st.text(max_size=20))
def test_split_follows_the_contract_exactly(patient_nbr: int, salt: str) -> None:
    first_eight = hashlib.sha256(f"{salt}:{patient_nbr}".encode()).digest()[:8]
    position = Fraction(int.from_bytes(first_eight, "big"), 2**64)
    expected = "train" if position < Fraction(3, 5) else "validation" if position < Fraction(4, 5) else "test"
    assert assign_split(patient_nbr, salt) == expected
    assert assign_split(f"00{patient_nbr}", salt) == expected


def test_shares_are_60_20_20() -> None:
    split_of = assign_splits(range(1, 50_001), SALT)
    shares = {split: sum(value == split for value in split_of.values()) / 50_000 for split in SPLITS}
    assert shares == pytest.approx({"train": 0.6, "validation": 0.2, "test": 0.2}, abs=0.01)


def test_another_salt_is_another_split() -> None:
    patients = range(1, 2_001)
    first, second = assign_splits(patients, SALT), assign_splits(patients, "readmission-v2")
    agreeing = sum(first[patient] == second[patient] for patient in patients) / 2_000
    assert agreeing == pytest.approx(0.6**2 + 0.2**2 + 0.2**2, abs=0.05)
