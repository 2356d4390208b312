"""The diagnoses of a stay in the order that counts, from Encounter.diagnosis and Conditions."""

import re
from dataclasses import dataclass
from datetime import datetime

from readmission.contract.encounter import DIAGNOSES, DIAGNOSIS_PATTERNS, ICD9CM, DiagnosisSystem
from readmission.contract.fhir import codes as known
from readmission.contract.fhir.elements import Element, Resources

_PATTERNS = {system: re.compile(pattern) for system, pattern in DIAGNOSIS_PATTERNS.items()}
_REFUTED = frozenset({"refuted", "entered-in-error"})
_OVER = frozenset({"inactive", "remission", "resolved"})
_UNRANKED = 1_000.0
NOT_TRANSLATED = "diagnoses without a code of ICD-10-CM or ICD-9-CM were not used: SNOMED CT is not translated"
OTHER_SYSTEM = "diagnoses in the other of two coding systems were not used"


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """What the Conditions say.

    Attributes:
        codes: at most three, the principal one first.
        system: what all of them are coded in.
        conditions: how many different Conditions there are, in whatever system.
        notes: what was not used.
    """

    codes: tuple[str, ...]
    system: DiagnosisSystem
    conditions: int
    notes: tuple[str, ...]


def read_diagnoses(resources: Resources, stay: Element, stay_id: str, end: datetime) -> Diagnoses:
    """The diagnoses of a stay; those of the problem list only if the stay has none.

    Args:
        resources: all there are.
        stay: the Encounter.
        stay_id: its id.
        end: of the stay; what was found later is not known yet.

    Raises:
        InvalidInputError: an element cannot be read.
    """
    ranks = _ranks(resources, stay)
    of_stay: list[tuple[float, Element]] = []
    active: list[tuple[float, Element]] = []
    for condition in resources.all("Condition"):
        if _code(condition, "verificationStatus") in _REFUTED:
            continue
        rank = ranks.get(condition.text("id") or "")
        if rank is not None or resources.resolve(condition.reference("encounter")) == stay_id:
            of_stay.append((rank if rank is not None else _UNRANKED, condition))
        elif _code(condition, "clinicalStatus") not in _OVER and not _is_later(resources, condition, end):
            active.append((2 * _UNRANKED, condition))
    counted = of_stay or active
    ordered = [condition for _, condition in sorted([*of_stay, *active], key=lambda each: each[0])]
    found: list[tuple[DiagnosisSystem, str]] = []
    is_uncoded = False
    for condition in ordered:
        coded = _find_code(condition)
        is_uncoded |= coded is None
        if coded is not None and coded not in found:
            found.append(coded)
    system = found[0][0] if found else ICD9CM
    notes = [NOT_TRANSLATED] if is_uncoded else []
    if any(each[0] != system for each in found):
        notes.append(OTHER_SYSTEM)
    codes = tuple(code for of, code in found if of == system)[: len(DIAGNOSES)]
    return Diagnoses(codes, system, _count_different([condition for _, condition in counted]), tuple(notes))


def _ranks(resources: Resources, stay: Element) -> dict[str, float]:
    """Rank by the id of a Condition; discharge diagnoses before those of admission where no rank is given."""
    ranks = {}
    for position, each in enumerate(stay.children("diagnosis")):
        reference = resources.resolve(each.reference("condition"))
        if reference is not None:
            by_use = 0.0 if _code(each, "use") in ("DD", "") else 100.0
            ranks[reference] = each.number("rank") or _UNRANKED / 2 + by_use + position
    return ranks


def _is_later(resources: Resources, condition: Element, end: datetime) -> bool:
    """True if a Condition was found after the stay: by its dates, or by those of the visit that found it."""
    moments = [condition.moment("recordedDate"), condition.moment("onsetDateTime")]
    visit = resources.resolve(condition.reference("encounter"))
    if visit is not None:
        found = (each for each in resources.all("Encounter") if each.text("id") == visit)
        moments += [each.child("period").moment("start") for each in found]
    return any(moment is not None and moment.earliest > end for moment in moments)


def _find_code(condition: Element) -> tuple[DiagnosisSystem, str] | None:
    for coding in condition.codings("code"):
        system = known.ICD_SYSTEMS.get(coding.system)
        if system is not None and _PATTERNS[system].fullmatch(coding.code):
            return system, coding.code
    return None


def _code(element: Element, name: str) -> str:
    return next((coding.code for coding in element.codings(name)), "")


def _count_different(conditions: list[Element]) -> int:
    return len({_name(condition) for condition in conditions})


def _name(condition: Element) -> str:
    codings = condition.codings("code")
    return f"{codings[0].system} {codings[0].code}" if codings else " ".join(condition.words("code")) or condition.path
