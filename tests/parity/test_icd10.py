"""Real held-out patients carried to ICD-10-CM and scored from there keep their order and their flags."""

import pytest

from benchmarks.icd10 import measure, score_as_unknown
from tests.real_model import RealModel, Splits

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # the first test trains on the real data set


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_held_out_patients_keep_auc_and_flags(real_model: RealModel, real_splits: Splits, seed: int) -> None:
    found = measure(real_model.stored, real_splits["test"], seed)
    assert abs(found.auc[1] - found.auc[0]) <= 0.003
    assert found.kept_share >= 0.97
    assert found.same / found.diagnoses >= 0.95
    assert found.warned > 0


def test_what_the_translation_is_worth(real_model: RealModel, real_splits: Splits) -> None:
    """With every code unknown the order and a third of the flags are lost: what the bounds above would miss."""
    auc, kept = score_as_unknown(real_model.stored, real_splits["test"])
    assert auc < 0.67
    assert kept < 0.8
