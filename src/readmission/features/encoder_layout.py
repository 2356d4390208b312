"""Where each value of each field lands in a row of features, laid out once from the learned state."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from readmission.contract.encounter import AGE_BANDS, BY_NAME, DIAGNOSES, DRUGS, MISSING_MARKS
from readmission.errors import FieldProblem, InvalidInputError
from readmission.features.comorbidities import COMORBIDITIES, find_comorbidities
from readmission.features.diagnosis_codes import read_category
from readmission.features.diagnosis_groups import GROUPS, group_diagnosis
from readmission.features.encoder_state import MISSING, POOLED_DIAGNOSES, EncoderState
from readmission.features.feature_groups import group_of_column
from readmission.features.learn_state import ONE_HOT_FIELDS, RATE_FIELDS
from readmission.features.target_encoding import Rates
from readmission.features.write_features import COUNTED, Cells

ORDINALS: dict[str, dict[str, float]] = {
    "age": {band: float(rank) for rank, band in enumerate(AGE_BANDS)},
    "max_glu_serum": {"None": 0.0, "Norm": 1.0, ">200": 2.0, ">300": 3.0},
    "A1Cresult": {"None": 0.0, "Norm": 1.0, ">7": 2.0, ">8": 3.0},
    "change": {"No": 0.0, "Ch": 1.0},
    "diabetesMed": {"No": 0.0, "Yes": 1.0},
}
AGE_RANK = ORDINALS["age"]

Diagnosis = tuple[Cells, Rates | None]
"""Features a diagnosis sets, and its pooled rates; None if it is missing."""


def name_required(column: str) -> InvalidInputError:
    """The error for a column an encounter must have, and lacks."""
    problem = FieldProblem(column, "is required, and must be one the contract allows")
    return InvalidInputError(f"{column} {problem.problem}", (problem,))


@dataclass(slots=True)
class DiagnosisTable:
    """One of the three diagnoses: what each category seen in training sets, and how to read any other."""

    field: str
    listed: dict[str | None, Diagnosis]
    unseen: Cells
    prior: Rates
    groups: dict[str, int]
    comorbidities: dict[str, int]

    def read(self, code: str | None) -> Diagnosis:
        """What a code sets, listed or not."""
        return self.listed.get(code) or self.read_unlisted(code)

    def read_unlisted(self, code: str | None) -> Diagnosis:
        """Another spelling of a listed code, or a category never seen in training (scored as unseen)."""
        category = read_category(code)
        listed = self.listed.get(category)
        return listed or (self.unseen + self.cells_of(category), self.prior)

    def cells_of(self, category: str | None) -> Cells:
        """Group and comorbidities of a category: known without training."""
        group = group_diagnosis(category)
        found = [self.comorbidities[name] for name in find_comorbidities(category)]
        return tuple((position, 1.0) for position in (*([self.groups[group]] if group else []), *found))


@dataclass(slots=True)
class Layout:
    """Every feature's position, and for every field the features each value sets.

    ``tables``: (field, value to cells, cells of a value never seen). ``first_condition``: the
    features of ``COMORBIDITIES`` begin there, in their order.
    """

    state: EncoderState
    groups: dict[str, str] = field(default_factory=lambda: dict(COUNTED))
    tables: list[tuple[str, dict[Hashable, Cells], Cells]] = field(default_factory=list)
    drugs: list[tuple[str, int]] = field(default_factory=list)
    diagnoses: list[DiagnosisTable] = field(default_factory=list)
    first_condition: int = field(init=False)

    def __post_init__(self) -> None:
        dropped = self.state.dropped
        for name in dict.fromkeys((*ORDINALS, *RATE_FIELDS, *ONE_HOT_FIELDS)):
            if name not in dropped:
                self._lay_out_field(name)
        self.drugs = [(drug, self._add(drug, group_of_column(drug))) for drug in DRUGS if drug not in dropped]
        flags = {name: self._add(f"has_{name}", "comorbidities") for name in COMORBIDITIES}
        self.first_condition = flags[COMORBIDITIES[0]]
        self.diagnoses = [self._lay_out_diagnosis(name, flags) for name in DIAGNOSES if name not in dropped]

    def _add(self, feature: str, group: str) -> int:
        self.groups[feature] = group
        return len(self.groups) - 1

    def _lay_out_field(self, name: str) -> None:
        group = group_of_column(name)
        cells: dict[str, list[tuple[int, float]]] = {}
        unseen: Cells = ()
        if name in ORDINALS:
            position = self._add(name, group)
            for value, rank in ORDINALS[name].items():
                cells[value] = [(position, rank)] if rank else []
        if name in self.state.rates:
            soon, ever = self._add(f"rate_30d_{name}", group), self._add(f"rate_any_{name}", group)
            unseen = ((soon, self.state.prior[0]), (ever, self.state.prior[1]))
            for value, rates in self.state.rates[name].items():
                cells[value] = [(soon, rates[0]), (ever, rates[1])]
        for value in self.state.one_hot.get(name, ()):
            label = "missing" if value == MISSING else value
            cells.setdefault(value, list(unseen)).append((self._add(f"{name}={label}", group), 1.0))
        table: dict[Hashable, Cells] = {}
        for value, found in cells.items():
            spellings = (None, *MISSING_MARKS) if value == MISSING else (value,)
            for spelling in spellings:
                table[int(spelling) if spelling and BY_NAME[name].is_integer else spelling] = tuple(found)
        self.tables.append((name, table, unseen))

    def _lay_out_diagnosis(self, name: str, flags: dict[str, int]) -> DiagnosisTable:
        group = group_of_column(name)
        soon, ever = self._add(f"rate_30d_{name}", group), self._add(f"rate_any_{name}", group)
        prior = self.state.prior
        unseen = ((soon, prior[0]), (ever, prior[1]))
        groups = {title: self._add(f"{name}_group={title}", group) for title in GROUPS}
        table = DiagnosisTable(name, {}, unseen, prior, groups, flags)
        pooled = self.state.rates[POOLED_DIAGNOSES]
        for category in {**pooled, **self.state.rates[name]}:
            if category != MISSING:
                rates = self.state.rates[name].get(category, prior)
                cells = ((soon, rates[0]), (ever, rates[1]), *table.cells_of(category))
                table.listed[category] = (cells, pooled.get(category, prior))
        missing = self.state.rates[name].get(MISSING, prior)
        for mark in (None, *MISSING_MARKS):
            table.listed[mark] = (((soon, missing[0]), (ever, missing[1])), None)
        return table
