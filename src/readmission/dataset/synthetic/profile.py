"""The statistical profile: how often each value occurs, alone or given one other column's band.

``scripts/derive_synthetic_profile.py`` makes ``profile.json`` from the real data. It holds counts
over many encounters only; a count under 11 is left out.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Table:
    """Distribution of one column.

    ``values`` are texts; ``cumulative[b]`` is the cumulative distribution over them in band ``b`` of
    the column it depends on (a single row where it depends on none).
    """

    values: NDArray[np.str_]
    cumulative: NDArray[np.float64]

    @classmethod
    def from_json(cls, values: list[str], counts: list[list[int]]) -> "Table":
        """Read a table; a band in which every count was left out follows the whole."""
        weights = np.array(counts, dtype=np.float64)
        weights[weights.sum(axis=1) == 0] = weights.sum(axis=0)
        cumulative = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
        cumulative[:, -1] = 1.0
        return cls(np.array(values), cumulative)

    def draw(self, generator: np.random.Generator, bands: NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions in ``values``, one for each entry of ``bands``."""
        uniform = generator.random(len(bands))
        drawn = np.empty(len(bands), dtype=np.int64)
        for band in np.unique(bands):
            chosen = bands == band
            drawn[chosen] = np.searchsorted(self.cumulative[band], uniform[chosen], side="right")
        return drawn


@dataclass(frozen=True, slots=True)
class Profile:
    """All tables, and the weights of the risk function (term -> (>30, <30))."""

    tables: dict[str, Table]
    risk: dict[str, tuple[float, float]]


@cache
def load_profile() -> Profile:
    """The profile that comes with the package."""
    document: dict[str, Any] = json.loads(resources.files(__package__).joinpath("profile.json").read_text("utf-8"))
    tables = {name: Table.from_json(table["values"], table["counts"]) for name, table in document["tables"].items()}
    return Profile(tables, {term: (later, soon) for term, (later, soon) in document["risk"].items()})
