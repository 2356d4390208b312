"""Which fields of an encounter hold a value that no training row had: the model knows nothing of it."""

from collections.abc import Collection, Hashable, Mapping
from typing import Any

from readmission.contract.encounter import BY_NAME, DIAGNOSES, MISSING_MARKS, Column
from readmission.features.diagnosis_codes import read_category
from readmission.features.encoder_state import MISSING, EncoderState


class UnseenValues:
    """Looks encounters up in what the training rows had; a row costs about a microsecond.

    Args:
        state: what the encoder learned.
        columns: the columns the encoder looks at; a value of any other changes nothing.
    """

    def __init__(self, state: EncoderState, columns: Collection[str]) -> None:
        known = {**{name: tuple(rates) for name, rates in state.rates.items()}, **state.seen}
        fields = [name for name in BY_NAME if name in columns and name in known]
        self._known = [
            (name, frozenset(_spell(BY_NAME[name], known[name])))
            for name in fields
            if not _covers(BY_NAME[name], known[name])
        ]
        self._ranges = [(name, *state.ranges[name]) for name in BY_NAME if name in columns and name in state.ranges]
        self._categories = {name: frozenset(known[name]) for name in fields if name in DIAGNOSES}

    def find(self, encounter: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the fields; most encounters have none.

        Args:
            encounter: checked against the contract, every input column there.
        """
        get = encounter.get
        suspects = [name for name, known in self._known if get(name) not in known]
        outside = [name for name, low, high in self._ranges if not low <= encounter[name] <= high]
        if not suspects and not outside:
            return ()
        unseen = {name for name in suspects if not self._is_listed(name, get(name))}
        return tuple(name for name in BY_NAME if name in unseen or name in outside)

    def _is_listed(self, name: str, value: Any) -> bool:
        """True for a diagnosis of a listed category that is spelled in another way (``428.0``, ``v27``)."""
        return name in self._categories and read_category(value) in self._categories[name]


def _covers(column: Column, known: Collection[str]) -> bool:
    """True if the training rows had everything the contract allows: there is nothing to look up."""
    allowed = {str(code) for code in column.labels} or set(column.allowed)
    missing = {MISSING} if column.missing_allowed else set()
    return bool(allowed) and allowed | missing <= set(known)


def _spell(column: Column, known: Collection[str]) -> set[Hashable]:
    """The values as an encounter has them. A missing value is no value: nothing can be unseen about it."""
    values: set[Hashable] = {int(value) if column.is_integer and value != MISSING else value for value in known}
    return values | {None, *MISSING_MARKS}
