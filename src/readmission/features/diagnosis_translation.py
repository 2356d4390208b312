"""Diagnoses of ICD-10-CM as the model reads them: each becomes the ICD-9-CM category it most likely was."""

from collections.abc import Mapping
from typing import Any

from readmission.contract.encounter import DIAGNOSES, DIAGNOSIS_SYSTEM, ICD10CM, MISSING_MARKS
from readmission.features.encoder_state import POOLED_DIAGNOSES, EncoderState
from readmission.features.icd10_map import Categories, find_categories

UNMAPPED = "unmapped"
"""What a code becomes that no ICD-9-CM category stands for: unseen in every model."""
Encounter = Mapping[str, Any]


class DiagnosisTranslation:
    """Reads the diagnoses of encounters coded in ICD-10-CM; all others are left as they are.

    Of several categories the commonest among the training rows is taken, since that is what the code most likely was
    in the model's time and place; the first of the mappings if none is known.

    Args:
        state: what the encoder learned.
    """

    def __init__(self, state: EncoderState) -> None:
        self._rows = state.diagnosis_rows
        self._known = state.rates.get(POOLED_DIAGNOSES, {})

    def translate(self, encounter: Encounter) -> Encounter:
        """The encounter with the diagnoses in ICD-9-CM."""
        if encounter.get(DIAGNOSIS_SYSTEM) != ICD10CM:
            return encounter
        translated = {**encounter, **{name: self.translate_code(encounter.get(name)) for name in DIAGNOSES}}
        del translated[DIAGNOSIS_SYSTEM]
        return translated

    def list_readings(self, encounter: Encounter) -> dict[str, list[Encounter]]:
        """For each diagnosis that may stand for several categories: the translated encounter with each of them."""
        if encounter.get(DIAGNOSIS_SYSTEM) != ICD10CM:
            return {}
        translated = self.translate(encounter)
        found = {name: find_categories(encounter[name]) for name in DIAGNOSES if _is_given(encounter.get(name))}
        return {
            name: [{**translated, name: category} for category in categories]
            for name, categories in found.items()
            if len(categories) > 1
        }

    def translate_code(self, code: str | None) -> str | None:
        """A code of ICD-10-CM in ICD-9-CM; None if it is missing."""
        if code is None or not _is_given(code):
            return None
        categories: Categories = find_categories(code)
        # The first of equals: the order of the mappings decides.
        return max(categories, key=self._weigh) if categories else UNMAPPED

    def _weigh(self, category: str) -> tuple[int, bool]:
        return self._rows.get(category, 0), category in self._known


def _is_given(code: str | None) -> bool:
    return code is not None and code not in MISSING_MARKS
