"""Stays from a FHIR Bulk Data export: NDJSON files of resources, read patient by patient where they lie."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from readmission.contract.encounter import COLUMNS, DIAGNOSIS_SYSTEM
from readmission.contract.fhir.codes import DEAD_STATUSES, INPATIENT_CLASSES
from readmission.contract.fhir.elements import last_part
from readmission.contract.fhir.encounter import FhirEncounter, read_encounter
from readmission.errors import FieldProblem, InvalidInputError
from readmission.pipeline.score.source import Source

HEADER = (*(column.name for column in COLUMNS if column.kind != "target"), DIAGNOSIS_SYSTEM)
_LONGEST_LINE = 4 * 1024 * 1024


class _Reference(msgspec.Struct):
    reference: str | None = None


class _Line(msgspec.Struct, rename="camel"):
    """What says whose a resource is; the rest is read when its patient is scored."""

    resource_type: str
    id: str | None = None
    subject: _Reference | None = None
    beneficiary: _Reference | None = None
    encounter: _Reference | None = None
    status: str | None = None
    class_: Any = msgspec.field(name="class", default=None)
    """A coding of an Encounter, a list of a Coverage."""


class Stay(NamedTuple):
    """One inpatient stay of the export."""

    patient_id: str
    encounter_id: str


class _Place(NamedTuple):
    file: int
    start: int
    length: int


class FhirExport:
    """An export, indexed: of each resource only its place is kept in memory.

    Args:
        path: an ``.ndjson`` file, or a folder of them.

    Raises:
        InvalidInputError: there is none, or a line is no resource; the file and line are named.
    """

    def __init__(self, path: Path) -> None:
        self._files = sorted(path.glob("*.ndjson")) if path.is_dir() else [path]
        if not self._files or not all(file.is_file() for file in self._files):
            raise InvalidInputError(f"{path}: an .ndjson file, or a folder with some, expected")
        self._places: dict[str, list[_Place]] = {}
        self._results: dict[Stay, list[_Place]] = {}
        self.stays: list[Stay] = []
        for number, file in enumerate(self._files):
            self._index(number, file)
        # A stay that is not over has lasted until the export was written: the same whenever it is read.
        self._written_at = datetime.fromtimestamp(max(file.stat().st_mtime for file in self._files), UTC)
        self._last: tuple[Stay, FhirEncounter] | None = None

    def read(self, stay: Stay) -> FhirEncounter:
        """The encounter of a stay.

        Raises:
            InvalidInputError: its resources cannot be read, data is missing, or it is not eligible.
        """
        if self._last is None or self._last[0] != stay:
            places = (*self._places.get(stay.patient_id, ()), *self._results.get(stay, ()))
            resources = [self._load(place) for place in places]
            patient_id, encounter_id = stay
            read = read_encounter(resources, self._written_at, encounter_id=encounter_id, patient_id=patient_id)
            self._last = (stay, read)
        return self._last[1]

    @property
    def identity(self) -> str:
        """Names, sizes and times of the files."""
        found = [(file.name, file.stat()) for file in self._files]
        return "; ".join(f"{name} of {stat.st_size} bytes, changed {stat.st_mtime_ns}" for name, stat in found)

    def _index(self, number: int, file: Path) -> None:
        decoder = msgspec.json.Decoder(_Line)
        start = 0
        with file.open("rb") as lines:
            for position, line in enumerate(lines, start=1):
                place = _Place(number, start, len(line))
                start += len(line)
                if not line.strip():
                    continue
                try:
                    if len(line) > _LONGEST_LINE:
                        raise ValueError
                    resource = decoder.decode(line)
                except (ValueError, RecursionError):
                    problem = FieldProblem(f"line {position}", "is no FHIR resource", "one JSON object a line")
                    raise InvalidInputError(f"{file}, line {position}, is no FHIR resource", (problem,)) from None
                self._keep(resource, place)

    def _keep(self, resource: _Line, place: _Place) -> None:
        owner = resource.beneficiary if resource.resource_type == "Coverage" else resource.subject
        reference = None if owner is None else owner.reference
        if resource.resource_type == "Patient":
            patient_id = resource.id
        else:
            patient_id = None if reference is None else last_part(reference)
        if not patient_id:
            return
        visit = None if resource.encounter is None else resource.encounter.reference
        if resource.resource_type == "Observation" and visit is not None:
            # A life has thousands of results; only those of the stay count.
            self._results.setdefault(Stay(patient_id, last_part(visit)), []).append(place)
            return
        self._places.setdefault(patient_id, []).append(place)
        code = resource.class_.get("code") if isinstance(resource.class_, dict) else None
        is_stay = resource.resource_type == "Encounter" and isinstance(code, str) and code in INPATIENT_CLASSES
        if is_stay and resource.id and resource.status not in DEAD_STATUSES:
            self.stays.append(Stay(patient_id, resource.id))

    def _load(self, place: _Place) -> Any:
        with self._files[place.file].open("rb") as file:
            file.seek(place.start)
            return msgspec.json.decode(file.read(place.length))


def open_fhir(path: Path) -> Source:
    """Every inpatient stay of an export as a row, in the order of the files.

    Raises:
        InvalidInputError: the export cannot be read.
    """
    export = FhirExport(path)

    def read_parts(skip: int, rows: int) -> Iterator[tuple[list[Stay], int]]:
        stays = iter(export.stays[skip:])
        done = skip
        while part := list(islice(stays, rows)):
            done += len(part)
            yield part, done

    def split(stay: Stay) -> Sequence[str | int | None]:
        encounter = export.read(stay).encounter
        return [encounter.get(name) for name in HEADER]

    def say_assumed(stay: Stay) -> list[str]:
        read = export.read(stay)
        return [each.field for each in (*read.assumed, *read.missing)]

    return Source(export.identity, HEADER, len(export.stays), read_parts, split, say_assumed)
