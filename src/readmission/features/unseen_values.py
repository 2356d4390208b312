"""Which fields of an encounter hold a value that no training row had: the model knows nothing of it."""

from collections.abc import Collection, Container, Hashable, Mapping
from operator import contains
from typing import Any

from readmission.contract.encounter import BY_NAME, DIAGNOSES, DIAGNOSIS_SYSTEM, ICD10CM, MISSING_MARKS, Column
from readmission.features.diagnosis_codes import read_category
from readmission.features.diagnosis_translation import DiagnosisTranslation
from readmission.features.encoder_state import MISSING, EncoderState


class UnseenValues:
    """Looks encounters up in what the training rows had; a row costs about a microsecond.

    Args:
        state: what the encoder learned.
        columns: the columns the encoder looks at; a value of any other changes nothing.
    """

    def __init__(self, state: EncoderState, columns: Collection[str]) -> None:
        self._translation = DiagnosisTranslation(state)
        known = {**{name: tuple(rates) for name, rates in state.rates.items()}, **state.seen}
        fields = [name for name in BY_NAME if name in columns and name in known]
        looked_up: dict[str, Container[Any]] = {
            name: frozenset(_spell(BY_NAME[name], known[name]))
            for name in fields
            if not _covers(BY_NAME[name], known[name])
        }
        ranges = {name: state.ranges[name] for name in BY_NAME if name in columns and name in state.ranges}
        looked_up |= {name: range(low, high + 1) for name, (low, high) in ranges.items()}
        self._names = tuple(looked_up)
        self._known = tuple(looked_up.values())
        self._categories = {name: frozenset(known[name]) for name in fields if name in DIAGNOSES}

    def find(self, encounter: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the fields; most encounters have none.

        Args:
            encounter: checked against the contract, every input column there.
        """
        if encounter.get(DIAGNOSIS_SYSTEM) == ICD10CM:
            encounter = self._translation.translate(encounter)
        values = map(encounter.__getitem__, self._names)
        if all(map(contains, self._known, values)):
            return ()
        unseen = {
            name
            for name, known in zip(self._names, self._known, strict=True)
            if encounter[name] not in known and not self._is_listed(name, encounter[name])
        }
        return tuple(name for name in BY_NAME if name in unseen)

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
