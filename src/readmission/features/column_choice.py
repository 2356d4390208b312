"""Whether a model may use a column, as decided on the train split."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """Whether a column is kept, why, and the numbers behind it."""

    column_name: str
    kept: bool
    reason: str
    statistics: dict[str, Any]
