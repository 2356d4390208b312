"""Diabetes drugs in MedicationRequests: which, and whether the dose went up or down."""

import re
from dataclasses import dataclass
from datetime import datetime

from readmission.contract.encounter import DRUGS
from readmission.contract.fhir.codes import DRUG_WORDS, OTHER_DIABETES_DRUGS, RXNORM, RXNORM_INGREDIENTS
from readmission.contract.fhir.elements import Element, Resources

_WORDS = re.compile(r"\b(" + "|".join(sorted(DRUG_WORDS, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_OTHERS = re.compile(r"\b(" + "|".join(OTHER_DIABETES_DRUGS) + r")\b", re.IGNORECASE)
_COMBINATIONS = {frozenset(name.split("-")): name for name in DRUGS if "-" in name}
_VOID = frozenset({"cancelled", "entered-in-error", "draft"})
_ENDED = frozenset({"stopped", "completed"})
_DAYS = {"s": 1 / 86400, "min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0}


@dataclass(frozen=True, slots=True)
class Order:
    """One order of a diabetes drug.

    Attributes:
        column: the drug's column; None for a drug without one.
        at: when it was written.
        daily_dose: in the order's own unit; None if it is not coded.
        unit: of the dose.
        is_new: written during the stay.
        has_ended: stopped or completed.
    """

    column: str | None
    at: datetime | None
    daily_dose: float | None
    unit: str
    is_new: bool
    has_ended: bool


@dataclass(frozen=True, slots=True)
class DrugStates:
    """What the orders say.

    Attributes:
        states: column to ``Steady``, ``Up`` or ``Down``; drugs not ordered are absent.
        changed: a dose changed, or a drug was begun beside others ordered before the stay.
        has_earlier: some orders of diabetes drugs are older than the stay; without, a change cannot be seen.
        any_drug: there is one, with a column or without.
        without_column: there is one that no column stands for.
        medications: different medications in all, diabetes drugs or not.
        unnamed: orders whose medication has no name.
    """

    states: dict[str, str]
    changed: bool
    has_earlier: bool
    any_drug: bool
    without_column: bool
    medications: int
    unnamed: int


def read_drugs(resources: Resources, start: datetime, end: datetime, stay: str | None) -> DrugStates:
    """Read the orders that hold during a stay.

    Args:
        resources: MedicationRequests of the patient, and the Medications they refer to.
        start: of the stay.
        end: of the stay.
        stay: id of the encounter; orders of it count whatever their dates.

    Raises:
        InvalidInputError: an element cannot be read.
    """
    orders: list[Order] = []
    medications: set[str] = set()
    unnamed = 0
    named = {medication.text("id") or "": medication for medication in resources.all("Medication")}
    for request in resources.all("MedicationRequest"):
        status = request.text("status") or ""
        authored = request.moment("authoredOn")
        at = None if authored is None else authored.earliest
        is_of_stay = stay is not None and request.reference("encounter") == stay
        if status in _VOID or (at is not None and at > end and not is_of_stay):
            continue
        is_new = is_of_stay or (at is not None and at >= start)
        if status in _ENDED and not is_new:
            continue  # of the past
        reference = resources.resolve(request.reference("medicationReference"))
        referred = None if reference is None else named.get(reference)
        medication, concept = (request, "medicationCodeableConcept") if referred is None else (referred, "code")
        name = _name(medication, concept)
        medications.add(name or f"unnamed {unnamed}")
        unnamed += name is None
        for column in find_drugs(medication, concept):
            dose, unit = _daily_dose(request)
            orders.append(Order(column, at, dose, unit, is_new, status in _ENDED))
    columns = dict.fromkeys(order.column for order in orders if order.column)
    states = {column: _state([each for each in orders if each.column == column]) for column in columns}
    before = {order.column for order in orders if not order.is_new}
    begun = bool(before) and any(order.column not in before for order in orders)
    changed = begun or any(state != "Steady" for state in states.values())
    without = any(each.column is None for each in orders)
    return DrugStates(states, changed, bool(before), bool(orders), without, len(medications), unnamed)


def find_drugs(medication: Element, concept: str) -> list[str | None]:
    """Columns of the diabetes drugs in a medication's concept; None stands for one without a column."""
    found = {
        RXNORM_INGREDIENTS[each.code]
        for each in medication.codings(concept)
        if each.system == RXNORM and each.code in RXNORM_INGREDIENTS
    }
    text = " / ".join(medication.words(concept))
    found |= {DRUG_WORDS[word.lower()] for word in _WORDS.findall(text)}
    combination = _COMBINATIONS.get(frozenset(found))
    columns: list[str | None] = [combination] if combination else [*sorted(found)]
    return [*columns, None] if _OTHERS.search(text) else columns


def _state(orders: list[Order]) -> str:
    dosed = [each for each in orders if each.daily_dose is not None and each.at is not None]
    dosed.sort(key=lambda each: each.at.timestamp() if each.at else 0.0)
    if len(dosed) < 2 or dosed[0].unit != dosed[-1].unit or not dosed[-1].is_new:
        return "Steady"
    first, last = dosed[0].daily_dose or 0.0, dosed[-1].daily_dose or 0.0
    return "Up" if last > first else "Down" if last < first else "Steady"


def _name(medication: Element, concept: str) -> str | None:
    code = next((f"{each.system} {each.code}" for each in medication.codings(concept) if each.code), None)
    words = medication.words(concept)
    return code or (words[0].lower() if words else None)


def _daily_dose(request: Element) -> tuple[float | None, str]:
    instructions = request.children("dosageInstruction")
    if not instructions:
        return None, ""
    rates = instructions[0].children("doseAndRate")
    repeat = instructions[0].child("timing").child("repeat")
    quantity = rates[0].child("doseQuantity") if rates else None
    dose = None if quantity is None else quantity.number("value")
    if quantity is None or dose is None:
        return None, ""
    frequency, period = repeat.number("frequency"), repeat.number("period")
    days = (period or 0.0) * _DAYS.get(repeat.text("periodUnit") or "", 0.0)
    per_day = frequency / days if frequency and days > 0 else 1.0
    return dose * per_day, quantity.text("unit") or quantity.text("code") or ""
