"""The bounds a run must keep (thresholds.toml)."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "READMISSION_LOAD_THRESHOLDS"
FILE = Path(__file__).with_name("thresholds.toml")


def read_bounds() -> dict[str, float]:
    """The bounds of this run: the file's, or those of READMISSION_LOAD_THRESHOLDS (TOML)."""
    text = os.environ.get(VARIABLE) or FILE.read_text(encoding="utf-8")
    return {name: float(bound) for name, bound in tomllib.loads(text).items()}


def broken_thresholds(figures: Mapping[str, float], bounds: Mapping[str, float]) -> list[str]:
    """One line for each figure above its bound."""
    return [
        f"{name} is {figures[name]:g}, at most {bound:g}" for name, bound in bounds.items() if figures[name] > bound
    ]
