"""The one model every server answers with: the file named by ``BENCH_MODEL``, one thread, any number of rows."""

import os
from pathlib import Path
from typing import Any

from readmission.model.session import open_model

MODEL_DIR = Path(os.environ["BENCH_MODEL"])
_model = None


def score(encounters: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Both risks of each encounter; the model is opened once a process."""
    global _model
    if _model is None:
        _model = open_model(MODEL_DIR)
    probabilities = _model.score(encounters).tolist()
    return [{"risk_30d": soon, "risk_any": soon + later} for _, later, soon in probabilities]
