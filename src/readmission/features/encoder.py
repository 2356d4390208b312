"""The one encoder: from an encounter to the numbers the model sees, in training and in serving alike.

An encounter is a mapping with the contract's column names, Python integers for integers, None or
absent for missing. What can be looked up is laid out once, when the encoder is built (``encoder_layout``); what is
worked out is written once (``write_features``). Both are used at two speeds: here a row at a time, some twenty
microseconds each, and in ``table_encoder`` a column at a time, equal to the bit.
"""

from array import array
from collections.abc import Callable, Collection, Container, Hashable, Mapping, MutableSequence, Sequence
from operator import contains, itemgetter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import (
    BY_NAME,
    DIAGNOSES,
    DIAGNOSIS_SYSTEM,
    DRUGS,
    ICD10CM,
    MISSING_MARKS,
    Column,
)
from readmission.errors import ArtifactError
from readmission.features.diagnosis_codes import read_category
from readmission.features.diagnosis_translation import DiagnosisTranslation
from readmission.features.encoder_layout import AGE_RANK, Layout, name_required
from readmission.features.encoder_state import MISSING, EncoderState, read_state
from readmission.features.encounter_table import EncounterTable
from readmission.features.learn_state import learn_states
from readmission.features.patient_folds import assign_folds
from readmission.features.table_encoder import TableEncoder
from readmission.features.write_features import (
    COUNTED,
    RATE_30D_MAX,
    RATE_30D_MEAN,
    RATE_30D_MIN,
    RATE_ANY_MAX,
    RATE_ANY_MEAN,
    RATE_ANY_MIN,
    write_counts,
    write_drugs,
    write_fields,
)

CROSS_FIT_FOLDS = 5
_MOST_COMBINATIONS = 1_000
Encounter = Mapping[str, Any]


class Encoder:
    """Turns encounters into float32 features by a learned state.

    Attributes:
        state: what was learned.
        feature_names: name of each feature, in order.
        feature_groups: feature name to the key of its clinical group (``feature_groups.GROUP_TITLES``).
        columns: the columns of the contract this encoder looks at.
        unseen_values: finds the fields whose value no training row had.
        translation: reads diagnoses of ICD-10-CM.
    """

    def __init__(self, state: EncoderState) -> None:
        layout = Layout(state)
        self.state = state
        self.feature_names: tuple[str, ...] = tuple(layout.groups)
        self.feature_groups: dict[str, str] = layout.groups
        self._tables = layout.tables
        self._drugs = layout.drugs
        self._diagnoses = [(table.field, table.listed, table.read_unlisted) for table in layout.diagnoses]
        self._empty_row = array("f", bytes(4 * len(self.feature_names)))
        read = {field for field, *_ in (*self._tables, *self._drugs, *self._diagnoses)}
        self.columns: tuple[str, ...] = tuple(n for n in BY_NAME if n in read or n in COUNTED or n == "age")
        self.translation = DiagnosisTranslation(state)
        self.unseen_values = UnseenValues(state, self.columns)
        self._encode_table = TableEncoder(layout, self.translation).encode

    @classmethod
    def fit_transform(
        cls,
        encounters: Sequence[Encounter],
        labels: Sequence[int] | NDArray[np.int64],
        groups: Sequence[int] | NDArray[np.int64],
        seed: int,
        dropped: Collection[str] = (),
    ) -> tuple[Self, NDArray[np.float32]]:
        """Learn from training rows, and encode them with rates that never saw their own patient.

        Args:
            encounters: training rows.
            labels: class of each row, position in ``contract.target.CLASSES``.
            groups: ``patient_nbr`` of each row.
            seed: of the folds for cross-fitting.
            dropped: columns that give no features of their own (derived features still count them).

        Returns:
            The encoder learned on all rows, and float32[N, F] cross-fitted in 5 folds of patients.
        """
        table = EncounterTable.of(encounters)
        classes = np.asarray(labels, dtype=np.int64)
        folds = assign_folds(groups, CROSS_FIT_FOLDS, seed)
        state, without_fold = learn_states(table, classes, folds, dropped)
        encoder = cls(state)
        features = np.empty((len(table), len(encoder.feature_names)), dtype=np.float32)
        for fold, fold_state in enumerate(without_fold):
            rows = np.flatnonzero(folds == fold)
            features[rows] = cls(fold_state).transform(table.take(rows))
        return encoder, features

    def transform(self, encounters: Sequence[Encounter]) -> NDArray[np.float32]:
        """Features of many encounters, float32[N, F]; equal to :meth:`encode_one` row by row.

        A table is encoded by column, anything else by row: a table pays from some hundred rows on.
        """
        if type(encounters) is EncounterTable:
            return self._encode_table(encounters)
        rows = array("f")
        for encounter in encounters:
            row = self._empty_row[:]
            self.encode_into(encounter, row)
            rows += row
        return np.frombuffer(rows, dtype=np.float32).reshape(len(encounters), len(self.feature_names))

    def encode_one(self, encounter: Encounter) -> NDArray[np.float32]:
        """Features of one encounter, float32[1, F]."""
        row = self._empty_row[:]
        self.encode_into(encounter, row)
        return np.frombuffer(row, dtype=np.float32).reshape(1, -1)

    def encode_into(self, encounter: Encounter, row: MutableSequence[float]) -> None:
        """Write the features of one encounter into a row of zeros.

        Raises:
            InvalidInputError: a required value is absent or outside the contract; the message names it.
        """
        try:
            age = AGE_RANK[encounter["age"]]
            write_counts(row, encounter, age)
        except KeyError as error:
            name = error.args[0] if error.args[0] in BY_NAME else "age"
            raise name_required(name) from error
        write_fields(self._tables, encounter, row)
        write_drugs(self._drugs, encounter, row)
        self._encode_diagnoses(encounter, row)

    def _encode_diagnoses(self, encounter: Encounter, row: MutableSequence[float]) -> None:
        if encounter.get(DIAGNOSIS_SYSTEM) == ICD10CM:
            encounter = self.translation.translate(encounter)
        soon: list[float] = []
        ever: list[float] = []
        # Added up here: ``sum`` rounds in another way from Python 3.12 on.
        soon_sum = ever_sum = 0.0
        for field, listed, read_unlisted in self._diagnoses:
            code = encounter.get(field)
            cells, rates = listed.get(code) or read_unlisted(code)
            for position, value in cells:
                row[position] = value
            if rates is not None:
                rate_30d, rate_any = rates
                soon.append(rate_30d)
                ever.append(rate_any)
                soon_sum += rate_30d
                ever_sum += rate_any
        if not soon:
            soon_sum, ever_sum = self.state.prior
            soon, ever = [soon_sum], [ever_sum]
        known = len(soon)
        row[RATE_30D_MAX] = max(soon)
        row[RATE_30D_MEAN] = soon_sum / known
        row[RATE_30D_MIN] = min(soon)
        row[RATE_ANY_MAX] = max(ever)
        row[RATE_ANY_MEAN] = ever_sum / known
        row[RATE_ANY_MIN] = min(ever)

    def to_json(self) -> str:
        """The learned state as JSON; the same bytes for the same state."""
        return self.state.to_json(self.feature_names)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build the encoder a state describes.

        Raises:
            ArtifactError: the state cannot be read, or this code lays out other features from it.
        """
        state, names = read_state(text)
        encoder = cls(state)
        if encoder.feature_names != names:
            differing = sorted(set(names) ^ set(encoder.feature_names))
            raise ArtifactError(f"encoder state was written by other code: features differ: {differing[:5] or 'order'}")
        return encoder


class UnseenValues:
    """Which fields of an encounter hold a value that no training row had: the model knows nothing of it.

    A row costs about a microsecond: encounters have few combinations of drugs, and one that passed is remembered.

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
        self._known = looked_up
        others = {name: known for name, known in looked_up.items() if name not in DRUGS}
        self._read_drugs = _read_fields([name for name in looked_up if name in DRUGS])
        self._drugs_known: set[tuple[Any, ...]] = set()
        self._read_others, self._others_known = _read_fields(others), tuple(others.values())
        self._categories = {name: frozenset(known[name]) for name in fields if name in DIAGNOSES}

    def find(self, encounter: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the fields; most encounters have none.

        Args:
            encounter: checked against the contract, every input column there.
        """
        if encounter.get(DIAGNOSIS_SYSTEM) == ICD10CM:
            encounter = self._translation.translate(encounter)
        drugs = self._read_drugs(encounter)
        if drugs in self._drugs_known and all(map(contains, self._others_known, self._read_others(encounter))):
            return ()
        unseen = {
            name
            for name, known in self._known.items()
            if encounter[name] not in known and not self._is_listed(name, encounter[name])
        }
        if len(self._drugs_known) < _MOST_COMBINATIONS and unseen.isdisjoint(DRUGS):
            self._drugs_known.add(drugs)
        return tuple(name for name in BY_NAME if name in unseen)

    def _is_listed(self, name: str, value: Any) -> bool:
        """True for a diagnosis of a listed category that is spelled in another way (``428.0``, ``v27``)."""
        return name in self._categories and read_category(value) in self._categories[name]


def _read_fields(names: Collection[str]) -> Callable[[Encounter], tuple[Any, ...]]:
    """Reads the values of fields; ``itemgetter`` returns a tuple of two values or more only."""
    return itemgetter(*names) if len(names) > 1 else lambda encounter: tuple(encounter[name] for name in names)


def _covers(column: Column, known: Collection[str]) -> bool:
    """True if the training rows had everything the contract allows: there is nothing to look up."""
    allowed = {str(code) for code in column.labels} or set(column.allowed)
    missing = {MISSING} if column.missing_allowed else set()
    return bool(allowed) and allowed | missing <= set(known)


def _spell(column: Column, known: Collection[str]) -> set[Hashable]:
    """The values as an encounter has them. A missing value is no value: nothing can be unseen about it."""
    values: set[Hashable] = {int(value) if column.is_integer and value != MISSING else value for value in known}
    return values | {None, *MISSING_MARKS}
