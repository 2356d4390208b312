"""HbA1c and glucose of a stay, as the data set bands them."""

from collections.abc import Iterable
from dataclasses import dataclass

from readmission.contract.fhir import codes as known
from readmission.contract.fhir.elements import Element

_BAD_STATUSES = frozenset({"entered-in-error", "cancelled", "registered"})
NOT_READ = "a laboratory result has no value in a unit that is known; it was not used"


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Bands of the two tests, None if not measured, and what could not be read."""

    glucose_band: str | None
    hba1c_band: str | None
    notes: tuple[str, ...]


def read_laboratory(results: Iterable[Element]) -> Laboratory:
    """The highest glucose and the last HbA1c.

    Args:
        results: Observations of the stay.

    Raises:
        InvalidInputError: an element cannot be read.
    """
    glucose: list[float] = []
    hba1c: list[tuple[float, float]] = []
    is_unread = False
    for result in results:
        codes = {coding.code for coding in result.codings("code") if coding.system in (known.LOINC, "")}
        is_hba1c, is_glucose = bool(codes & known.HBA1C_CODES), bool(codes & known.GLUCOSE_CODES)
        if not (is_hba1c or is_glucose) or (result.text("status") or "") in _BAD_STATUSES:
            continue
        quantity = result.child("valueQuantity")
        value, unit = quantity.number("value"), quantity.text("code") or quantity.text("unit") or ""
        read = None if value is None else (_percent(value, unit) if is_hba1c else _milligrams(value, unit))
        at = result.moment("effectiveDateTime")
        if read is None:
            is_unread = True
        elif is_hba1c:
            hba1c.append((at.earliest.timestamp() if at else 0.0, read))
        else:
            glucose.append(read)
    return Laboratory(
        _band(max(glucose), (300, ">300"), (200, ">200")) if glucose else None,
        _band(max(hba1c)[1], (8, ">8"), (7, ">7")) if hba1c else None,
        (NOT_READ,) if is_unread else (),
    )


def _band(value: float, *bands: tuple[float, str]) -> str:
    return next((name for above, name in bands if value > above), "Norm")


def _milligrams(value: float, unit: str) -> float | None:
    """Glucose in mg/dL."""
    if unit.lower() == "mg/dl":
        return value
    return value * 18.016 if unit.lower() == "mmol/l" else None


def _percent(value: float, unit: str) -> float | None:
    """HbA1c in % of the DCCT; mmol/mol by the IFCC's master equation."""
    if unit.startswith("%") or unit.lower() == "percent":
        return value
    return 0.09148 * value + 2.152 if unit.lower().startswith("mmol/mol") else None
