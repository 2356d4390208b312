"""FHIR's JSON, read element by element: wrong types, other patients and impossible dates are named by their path.

Only elements that are read are checked: an extension or a profile this code does not know is no reason to refuse
a patient. Values are never repeated in a message.
"""

import calendar
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from readmission.errors import FieldProblem, InvalidInputError, MissingDataError

MOST_RESOURCES = 5_000
"""Resources of one patient that are read; a year in hospital has hundreds."""
MOST_REPEATS = 200
"""Repeats of one element that are read: codings of a concept, diagnoses of an encounter."""
YEARS = range(1900, 2200)
"""Years a date may have; arithmetic beyond them is no patient's."""
_DATE_TIME = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?"
)
_LONGEST_TEXT = 4_000


class Coding(NamedTuple):
    """One code of a system; empty texts if absent."""

    system: str
    code: str
    display: str


class Moment(NamedTuple):
    """A date or time as exact as it was written: all that it may be lies between the two ends.

    Both have the time zone it was written in; a date alone is taken as one of UTC.
    """

    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Element:
    """One JSON object of a resource, and where it is."""

    json: Mapping[str, Any]
    path: str

    def text(self, name: str) -> str | None:
        """A text, or None if absent."""
        value = self.json.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise self._problem(name, "must be text" if not isinstance(value, str) else "is too long")
        return value

    def boolean(self, name: str) -> bool | None:
        """True or false, or None if absent."""
        value = self.json.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._problem(name, "must be true or false")
        return value

    def number(self, name: str) -> float | None:
        """A finite number, or None if absent."""
        value = self.json.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_sane(value):
            raise self._problem(name, "must be a number")
        return float(value)

    def child(self, name: str) -> "Element":
        """The object below a name; an empty one if absent."""
        value = self.json.get(name)
        if value is None:
            return Element({}, f"{self.path}.{name}")
        if not isinstance(value, dict):
            raise self._problem(name, "must be an object")
        return Element(value, f"{self.path}.{name}")

    def children(self, name: str) -> list["Element"]:
        """The objects of a repeating element; none if absent."""
        value = self.json.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._problem(name, "must be a list")
        if len(value) > MOST_REPEATS:
            raise self._problem(name, f"has more than {MOST_REPEATS} repeats")
        found = []
        for position, each in enumerate(value):
            if not isinstance(each, dict):
                raise self._problem(f"{name}[{position}]", "must be an object")
            found.append(Element(each, f"{self.path}.{name}[{position}]"))
        return found

    def codings(self, name: str) -> list[Coding]:
        """The codings of a concept."""
        return [each.coding() for each in self.child(name).children("coding")]

    def coding(self) -> Coding:
        """This object as a coding."""
        return Coding(self.text("system") or "", self.text("code") or "", self.text("display") or "")

    def words(self, name: str) -> list[str]:
        """All that a concept is called: its text and the displays of its codings."""
        texts = (self.child(name).text("text") or "", *(coding.display for coding in self.codings(name)))
        return [text for text in texts if text]

    def moment(self, name: str) -> Moment | None:
        """A date or time, or None if absent."""
        text = self.text(name)
        if text is None:
            return None
        found = read_moment(text)
        if found is None:
            raise self._problem(name, f"is no date or time of FHIR between {YEARS.start} and {YEARS.stop - 1}")
        return found

    def reference(self, name: str) -> str | None:
        """The id a reference ends in: of ``Patient/1``, ``urn:uuid:…`` and an address alike."""
        text = self.child(name).text("reference")
        return None if text is None else last_part(text)

    def missing(self, name: str, allowed: str) -> MissingDataError:
        """The error for data that is needed and absent."""
        path = f"{self.path}.{name}" if name else self.path
        return MissingDataError(f"{path} is needed and absent", (FieldProblem(path, "is absent", allowed),))

    def _problem(self, name: str, problem: str) -> InvalidInputError:
        return InvalidInputError("The FHIR data cannot be read", (FieldProblem(f"{self.path}.{name}"[:200], problem),))


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of one patient, by type, each once."""

    by_type: Mapping[str, list[Element]]
    full_urls: Mapping[str, str]
    """What a bundle calls a resource (its ``fullUrl``, last part) to the resource's id."""

    def all(self, kind: str) -> list[Element]:
        """Resources of one type."""
        return self.by_type.get(kind, [])

    def resolve(self, reference: str | None) -> str | None:
        """The id of the resource that a reference names."""
        return None if reference is None else self.full_urls.get(reference, reference)


def collect_resources(parts: Iterable[Any]) -> Resources:
    """Read bundles and single resources, as prefetch gives them, into one set.

    Args:
        parts: decoded JSON; None is skipped (a prefetch that found nothing).

    Raises:
        InvalidInputError: something is no resource, or there are too many.
    """
    by_type: dict[str, list[Element]] = {}
    full_urls: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    taken = 0
    for where, resource, full_url in _walk(parts):
        taken += 1
        if taken > MOST_RESOURCES:
            problem = FieldProblem("Bundle.entry", f"has more than {MOST_RESOURCES} resources")
            raise InvalidInputError("There are too many resources for one patient", (problem,))
        kind = Element(resource, where).text("resourceType")
        if not kind or not kind.isalpha() or len(kind) > 64:
            raise InvalidInputError("Not a FHIR resource", (FieldProblem(f"{where}.resourceType", "is no type"),))
        element = Element(resource, kind)
        identifier = element.text("id") or (last_part(full_url) if full_url else None)
        if identifier:
            if (kind, identifier) in seen:
                continue
            seen.add((kind, identifier))
            if full_url:
                full_urls[last_part(full_url)] = identifier
            resource = {**resource, "id": identifier}
        position = len(by_type.setdefault(kind, []))
        by_type[kind].append(Element(resource, f"{kind}[{position}]"))
    return Resources(by_type, full_urls)


def _walk(parts: Iterable[Any]) -> Iterator[tuple[str, Mapping[str, Any], str | None]]:
    """Resources with where they lie; a bundle within a bundle is opened once."""
    for part in parts:
        if part is None:
            continue
        if not isinstance(part, dict):
            raise InvalidInputError("Not a FHIR resource", (FieldProblem("Bundle", "must be an object"),))
        if part.get("resourceType") != "Bundle":
            yield "resource", part, None
            continue
        entries = part.get("entry")
        if entries is not None and not isinstance(entries, list):
            raise InvalidInputError("Not a FHIR bundle", (FieldProblem("Bundle.entry", "must be a list"),))
        for position, entry in enumerate(entries or ()):
            where = f"Bundle.entry[{position}]"
            element = Element(entry, where) if isinstance(entry, dict) else None
            resource = None if element is None else element.child("resource").json
            if not resource or element is None:
                raise InvalidInputError("Not a FHIR bundle", (FieldProblem(where, "has no resource"),))
            if resource.get("resourceType") == "Bundle":
                raise InvalidInputError("Not a FHIR bundle", (FieldProblem(where, "is a bundle within a bundle"),))
            if resource.get("resourceType") == "OperationOutcome":
                continue  # what a server says about its search
            yield where, resource, element.text("fullUrl")


def read_moment(text: str) -> Moment | None:
    """Read a ``date``, ``dateTime`` or ``instant``; None if it is none, or of a year nobody lives in."""
    found = _DATE_TIME.fullmatch(text)
    if found is None or int(found[1]) not in YEARS:
        return None
    year, month, day, hour, minute, second = (None if part is None else int(part) for part in found.groups()[:6])
    try:
        if month is None or year is None:
            return Moment(*_span(datetime(int(found[1]), 1, 1, tzinfo=UTC), 366 if calendar.isleap(year or 0) else 365))
        if day is None:
            return Moment(*_span(datetime(year, month, 1, tzinfo=UTC), calendar.monthrange(year, month)[1]))
        if hour is None or minute is None:
            return Moment(*_span(datetime(year, month, day, tzinfo=UTC), 1))
        zone = _zone(found[7])
        # A leap second is the second before it.
        at = datetime(year, month, day, hour, minute, min(second or 0, 59), tzinfo=zone)
    except (ValueError, calendar.IllegalMonthError):
        return None
    return Moment(at, at)


def _span(start: datetime, days: int) -> tuple[datetime, datetime]:
    return start, start + timedelta(days=days) - timedelta(microseconds=1)


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))


def last_part(reference: str) -> str:
    """The id at the end of a reference, its version left out."""
    return reference.partition("/_history/")[0].rstrip("/").rpartition("/")[2].rpartition(":")[2]


def _is_sane(value: float) -> bool:
    return abs(value) < 1e9 and math.isfinite(value)
