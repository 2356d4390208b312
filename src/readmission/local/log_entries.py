"""Entries of the parts' log files: JSON lines of ours, lines of PostgreSQL, MLflow, Airflow, rclone and supervisor.

A line without a time of its own (of a traceback, or PostgreSQL's DETAIL) belongs to the entry before it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_SAME = {
    "NOTICE": "INFO",
    "LOG": "INFO",
    "WARN": "WARNING",
    "FATAL": "CRITICAL",
    "PANIC": "CRITICAL",
    "CRIT": "CRITICAL",
}
_TIME = re.compile(r"\[?\d{4}[-/]\d\d[-/]\d\d|guard: ")
_LEVEL = re.compile(r"(?i:\[(debug|info|warning|error|critical)\s*\])|\b(" + "|".join([*LEVELS, *_SAME]) + r")\b")
_DETAIL = re.compile(r"\] (?:DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION):")
_TRACEBACK = "Traceback (most recent call last)"
_READ_BYTES = 4 << 20
"""How much of the end of a file is looked through for its last entries."""
_WIDEST_PLACE = 100
"""Characters of a line in which its level is looked for; behind them comes the message."""


@dataclass(slots=True)
class LogEntry:
    """One entry: its level, and its lines as they stand in the file."""

    level: str
    lines: list[str] = field(default_factory=list)

    def show(self, part: str) -> str:
        """The lines, each with the part's name before it."""
        return "\n".join(f"{part}: {line}" for line in self.lines)


class LogFile:
    """One part's log file; remembers how far it was read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        self._level = "INFO"

    @property
    def part(self) -> str:
        """The part's name."""
        return self._path.stem

    def read_last(self, count: int, least: str) -> list[LogEntry]:
        """The last entries of at least this level."""
        self._position = max(0, self._path.stat().st_size - _READ_BYTES)
        return [entry for entry in self._read() if _reaches(entry, least)][-count:]

    def read_new(self, least: str) -> list[LogEntry]:
        """Entries written since, and lines that complete the one read last."""
        if self._path.stat().st_size < self._position:  # it was rotated
            self._position = 0
        return [entry for entry in self._read() if _reaches(entry, least)]

    def _read(self) -> list[LogEntry]:
        with self._path.open("rb") as file:
            file.seek(self._position)
            content = file.read()
        whole, _, _ = content.rpartition(b"\n")  # a line that is not yet whole is read the next time
        self._position += len(whole) + 1 if whole else 0
        entries = list(_group(whole.decode("utf-8", "replace").splitlines(), self._level))
        if entries:
            self._level = entries[-1].level
        return entries


def _group(lines: Iterable[str], level_before: str) -> Iterator[LogEntry]:
    entry: LogEntry | None = None
    for line in lines:
        level = _level_of(line)
        if level is not None:
            if entry is not None:
                yield entry
            entry = LogEntry(level, [line])
            continue
        entry = entry or LogEntry(level_before)
        entry.lines.append(line)
        if line.startswith(_TRACEBACK) and entry.level in ("DEBUG", "INFO", "WARNING"):
            entry.level = "ERROR"
    if entry is not None:
        yield entry


def _level_of(line: str) -> str | None:
    """Level of the entry that begins with this line; None if the line goes on with the one before."""
    if line.startswith("{"):
        try:
            named = str(json.loads(line)["level"]).upper()
        except (ValueError, KeyError, TypeError):
            return None
        return _SAME.get(named, named) if _SAME.get(named, named) in LEVELS else "INFO"
    if not _TIME.match(line) or _DETAIL.search(line[:_WIDEST_PLACE]) or line.startswith(_TRACEBACK):
        return None
    found = _LEVEL.search(line[:_WIDEST_PLACE])
    named = (found.group(1) or found.group(2)).upper() if found else "INFO"
    return _SAME.get(named, named)


def _reaches(entry: LogEntry, least: str) -> bool:
    return LEVELS.index(entry.level) >= LEVELS.index(least)
