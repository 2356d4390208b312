"""The one encoder: from an encounter to the numbers the model sees, in training and in serving alike.

An encounter is a mapping with the contract's column names, Python integers for integers, None or
absent for missing. A batch is encoded row by row with the very code that encodes one: all that can be
looked up is laid out as tables when the encoder is built, so a row costs some twenty microseconds.
"""

from array import array
from collections.abc import Collection, Mapping, MutableSequence, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import BY_NAME, DIAGNOSIS_SYSTEM
from readmission.errors import ArtifactError, FieldProblem, InvalidInputError
from readmission.features.diagnosis_translation import DiagnosisTranslation
from readmission.features.encoder_layout import COUNTED, ORDINALS, Layout
from readmission.features.encoder_state import EncoderState, read_state
from readmission.features.learn_state import learn_states
from readmission.features.patient_folds import assign_folds
from readmission.features.unseen_values import UnseenValues

CROSS_FIT_FOLDS = 5
_DOSE_CHANGE = {"Down": 1.0, "Steady": 2.0, "Up": 3.0}  # No is 0
_AGE_RANK = ORDINALS["age"]
_DRUGS_ON = list(COUNTED).index("drugs_on")
_POOLED_RATES = list(COUNTED).index("rate_30d_diagnoses_max")
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

    @classmethod
    def fit_transform(
        cls,
        encounters: Sequence[Encounter],
        labels: Sequence[int] | NDArray[np.int64],
        groups: Sequence[int],
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
        classes = np.asarray(labels, dtype=np.int64)
        folds = assign_folds(groups, CROSS_FIT_FOLDS, seed)
        state, without_fold = learn_states(encounters, classes, folds, dropped)
        encoder = cls(state)
        features = np.empty((len(encounters), len(encoder.feature_names)), dtype=np.float32)
        for fold, fold_state in enumerate(without_fold):
            rows = np.flatnonzero(folds == fold)
            features[rows] = cls(fold_state).transform([encounters[row] for row in rows.tolist()])
        return encoder, features

    def transform(self, encounters: Sequence[Encounter]) -> NDArray[np.float32]:
        """Features of many encounters, float32[N, F]; equal to :meth:`encode_one` row by row."""
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
            days = encounter["time_in_hospital"]
            labs = encounter["num_lab_procedures"]
            medications = encounter["num_medications"]
            outpatient = encounter["number_outpatient"]
            emergency = encounter["number_emergency"]
            inpatient = encounter["number_inpatient"]
            diagnoses = encounter["number_diagnoses"]
            row[2] = encounter["num_procedures"]
            age = _AGE_RANK[encounter["age"]]
        except KeyError as error:
            name = error.args[0] if error.args[0] in BY_NAME else "age"
            problem = FieldProblem(name, "is required, and must be one the contract allows")
            raise InvalidInputError(f"{name} {problem.problem}", (problem,)) from error
        # By position, in the order of COUNTED.
        row[0] = days
        row[1] = labs
        row[3] = medications
        row[4] = outpatient
        row[5] = emergency
        row[6] = inpatient
        row[7] = diagnoses
        row[8] = outpatient + emergency + inpatient
        row[9] = emergency + inpatient
        row[10] = labs / days
        row[11] = medications / days
        row[12] = age * inpatient
        row[13] = inpatient * diagnoses
        get = encounter.get
        for field, table, unseen in self._tables:
            for position, value in table.get(get(field), unseen):
                row[position] = value
        self._encode_drugs(encounter, row)
        self._encode_diagnoses(encounter, row)

    def _encode_drugs(self, encounter: Encounter, row: MutableSequence[float]) -> None:
        get = encounter.get
        drugs_on = drugs_changed = 0
        for drug, position in self._drugs:
            dose = get(drug, "No")
            if dose != "No":
                row[position] = _DOSE_CHANGE[dose]
                drugs_on += 1
                drugs_changed += dose != "Steady"
        row[_DRUGS_ON] = drugs_on
        row[_DRUGS_ON + 1] = drugs_changed

    def _encode_diagnoses(self, encounter: Encounter, row: MutableSequence[float]) -> None:
        if DIAGNOSIS_SYSTEM in encounter:
            encounter = self.translation.translate(encounter)
        soon: list[float] = []
        ever: list[float] = []
        for field, listed, read_unlisted in self._diagnoses:
            code = encounter.get(field)
            cells, rates = listed.get(code) or read_unlisted(code)
            for position, value in cells:
                row[position] = value
            if rates is not None:
                soon.append(rates[0])
                ever.append(rates[1])
        if not soon:
            soon, ever = [self.state.prior[0]], [self.state.prior[1]]
        known = len(soon)
        row[_POOLED_RATES] = max(soon)
        row[_POOLED_RATES + 1] = sum(soon) / known
        row[_POOLED_RATES + 2] = min(soon)
        row[_POOLED_RATES + 3] = max(ever)
        row[_POOLED_RATES + 4] = sum(ever) / known
        row[_POOLED_RATES + 5] = min(ever)

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
