"""Signal against chance."""

import numpy as np

from readmission.features.column_signal import measure_signal

OUTCOMES = np.random.default_rng(0).integers(0, 3, 5000)


def test_column_that_equals_the_outcome_tells_all_of_it() -> None:
    shares = np.bincount(OUTCOMES) / len(OUTCOMES)
    signal = measure_signal(OUTCOMES, OUTCOMES, seed=1)
    assert np.isclose(signal.bits, -(shares * np.log2(shares)).sum())
    assert signal.p_value == 0.01


def test_constant_column_tells_nothing() -> None:
    signal = measure_signal(np.zeros(5000, dtype=np.int64), OUTCOMES, seed=1)
    assert signal.bits == 0
    assert signal.p_value == 1


def test_many_random_values_are_no_better_than_chance() -> None:
    values = np.random.default_rng(1).integers(0, 500, 5000)
    signal = measure_signal(values, OUTCOMES, seed=1)
    assert signal.bits > 0.1  # looks like a lot
    assert signal.excess_bits < 0.02
    assert signal.p_value > 0.05


def test_same_seed_same_answer() -> None:
    values = (OUTCOMES + np.random.default_rng(1).integers(0, 3, 5000)) % 3
    assert measure_signal(values, OUTCOMES, seed=5) == measure_signal(values, OUTCOMES, seed=5)
