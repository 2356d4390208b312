"""What the visitors send: the contract's examples, varied within what a ward sees."""

import random
from functools import lru_cache
from typing import Any

from readmission.contract.encounter import AGE_BANDS
from readmission.contract.examples import EXAMPLES

POOL_SIZE = 200
SEED = 296
SHARES = {
    "home-after-short-stay": 40,
    "home-health-after-heart-failure": 25,
    "rehabilitation-after-stroke": 15,
    "young-ketoacidosis": 10,
    "frequent-visitor": 10,
}
"""How many of 100 discharges are like each example."""
_VARIED = {
    "time_in_hospital": (1, 14),
    "num_lab_procedures": (5, 90),
    "num_medications": (3, 40),
    "number_inpatient": (0, 6),
    "number_emergency": (0, 3),
    "number_diagnoses": (3, 9),
}


@lru_cache(maxsize=1)
def pool() -> tuple[dict[str, Any], ...]:
    """The encounters of every run: the examples first, then variations drawn with one seed."""
    draw = random.Random(SEED)  # noqa: S311 - not a secret: the same encounters in every run
    names = draw.choices(list(SHARES), weights=list(SHARES.values()), k=POOL_SIZE - len(EXAMPLES))
    varied = []
    for name in names:
        changes: dict[str, Any] = {column: draw.randint(low, high) for column, (low, high) in _VARIED.items()}
        changes["age"] = draw.choice(AGE_BANDS[3:])
        varied.append({**EXAMPLES[name], **changes})
    return (*EXAMPLES.values(), *varied)
