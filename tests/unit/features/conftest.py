"""A training table made by a fixed random generator, and the encoder learned on it."""

import pytest

from readmission.features.encoder import Encoder
from readmission.learning.cross_validation import LabelledEncounters
from tests.made_up_model import make_encounters


@pytest.fixture(scope="session")
def train_rows() -> LabelledEncounters:
    return make_encounters(2000)


@pytest.fixture(scope="session")
def encoder(train_rows: LabelledEncounters) -> Encoder:
    return train_rows.encode(seed=1, dropped=["weight", "examide"])[0]
