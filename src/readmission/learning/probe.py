"""Made-up encounters that travel with a model, with the answers it gave when it was made."""

from typing import Any

import numpy as np

from readmission.contract.codes import NOT_ELIGIBLE_DISPOSITIONS
from readmission.contract.encounter import INPUT_COLUMNS, Column
from readmission.contract.examples import EXAMPLES
from readmission.features.encoder import Encoder
from readmission.features.encoder_state import MISSING

PROBE_ROWS = 48
_MISSING_SHARE = 0.1
_UNSEEN, _UNSEEN_DIAGNOSIS = "never-seen", "V99"


def make_probe_encounters(encoder: Encoder, seed: int) -> list[dict[str, Any]]:
    """The contract's examples, then encounters drawn column by column from what the contract allows.

    Columns are drawn independently, so that none is a patient. Codes come from those the encoder knows,
    so that the probe reaches its tables; one in twenty is a code it never saw.
    """
    random = np.random.default_rng(seed)
    drawn = [
        {column.name: _draw(column, encoder, random) for column in INPUT_COLUMNS}
        for _ in range(PROBE_ROWS - len(EXAMPLES))
    ]
    return [*(dict(example) for example in EXAMPLES.values()), *drawn]


def _draw(column: Column, encoder: Encoder, random: np.random.Generator) -> Any:
    if column.missing_allowed and random.random() < _MISSING_SHARE:
        return None
    if column.kind == "count":
        low, high = column.minimum or 0, column.maximum or 0
        return int(min(high, low + random.geometric(0.2) - 1))
    if column.kind == "coded":
        return int(random.choice(sorted(set(column.labels) - NOT_ELIGIBLE_DISPOSITIONS)))
    if column.kind == "open_code":
        known = sorted(encoder.state.rates.get(column.name, {}).keys() - {MISSING})
        unseen = _UNSEEN_DIAGNOSIS if column.is_diagnosis else _UNSEEN
        return str(random.choice(known)) if known and random.random() >= 0.05 else unseen
    if column.kind == "drug" and random.random() < 0.8:
        return "No"
    return str(random.choice(column.allowed))
