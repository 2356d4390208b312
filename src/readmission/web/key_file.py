"""API keys at rest: a file of names, rights and hashes; never the keys.

One line a key: ``NAME SCOPES SHA256`` (scopes joined by commas). Keys are random (256 bits), so a plain
SHA-256 is enough: there is nothing to guess. The file is read again when it changes, which is how keys are
rotated without a restart: add the new line, move callers over, take the old line out.
"""

import hashlib
import logging
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from readmission.errors import ConfigurationError

SCOPES = {
    "predict": "score encounters, and read back what this key scored",
    "read": "read any stored prediction, its reasons and its feedback",
    "feedback": "agree with a stored prediction or override it",
    "outcomes": "report what became of patients",
    "data": "read the data set's batches",
    "arrivals": "add later encounters to the data set",
    "promote": "make an earlier champion live again",
    "admin": "everything",
}
"""What a key may open."""
_NAME_LENGTH = 64
_LOOK_EVERY_SECONDS = 2.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Whose key it is and what it may do."""

    name: str
    scopes: frozenset[str]

    def may(self, needed: frozenset[str]) -> bool:
        """True if one of the scopes is enough for what needs one of ``needed`` (nothing: any key will do)."""
        return not needed or not needed.isdisjoint(self.scopes) or "admin" in self.scopes


LOCAL = ApiKey("local", frozenset(SCOPES) - {"arrivals", "promote", "admin"})
"""Whoever calls a service that has no key file: nobody is asked, so nobody is named."""
SERVICE_ADMIN = ApiKey("service-admin", frozenset({"admin"}))
"""Whoever sends the service's own admin key."""
_TAKEN = frozenset({LOCAL.name, SERVICE_ADMIN.name})


def make_key() -> str:
    """A new random key."""
    return "rk_" + secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """What the file holds of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_line(name: str, scopes: frozenset[str], key: str) -> str:
    """The file's line for a key."""
    return f"{name} {','.join(sorted(scopes))} {hash_key(key)}"


def parse_keys(text: str, source: str) -> dict[str, ApiKey]:
    """Hash to key.

    Raises:
        ConfigurationError: a line is not ``NAME SCOPES SHA256``; the message names the line, never its hash.
    """
    keys: dict[str, ApiKey] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 3 or len(words[2]) != 64 or set(words[2]) - set("0123456789abcdef"):
            raise ConfigurationError(f"{source}, line {number}: expected NAME SCOPES SHA256 (`readmission make-key`)")
        scopes = frozenset(words[1].split(","))
        if scopes - set(SCOPES):
            raise ConfigurationError(f"{source}, line {number}: scopes are {', '.join(SCOPES)}")
        if words[0] in _TAKEN or not words[0].isprintable() or len(words[0]) > _NAME_LENGTH:
            raise ConfigurationError(
                f"{source}, line {number}: a name has at most {_NAME_LENGTH} printable characters and is not one of "
                + ", ".join(sorted(_TAKEN))
            )
        keys[words[2]] = ApiKey(words[0], scopes)
    return keys


class KeyFile:
    """The keys of a file, read again when the file changes.

    A changed file that cannot be read, or is wrong, leaves the keys as they were: a slip in a rotation locks nobody
    out. Kubernetes changes a mounted Secret by moving a link, which changes what ``stat`` sees, too.

    Raises:
        ConfigurationError: at the start, the file is missing, wrong, or holds no key.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked = time.monotonic()
        try:
            self._seen = self._look()
            self._keys = parse_keys(path.read_text(encoding="utf-8"), str(path))
        except OSError as error:
            raise ConfigurationError(f"API keys cannot be read from {path}: {error.strerror}") from error
        if not self._keys:
            raise ConfigurationError(f"{path} holds no API key: nobody could call the service")

    def find(self, key: str) -> ApiKey | None:
        """The key's owner and rights, or None if it is not known."""
        if time.monotonic() - self._looked > _LOOK_EVERY_SECONDS:
            self.look_again()
        # A dictionary over hashes: what its timing could tell is about a hash, not about the key.
        return self._keys.get(hash_key(key))

    def look_again(self) -> None:
        """Read the file again if it has changed."""
        self._looked = time.monotonic()
        try:
            seen = self._look()
            if seen == self._seen:
                return
            keys = parse_keys(self._path.read_text(encoding="utf-8"), str(self._path))
        except (OSError, ConfigurationError) as error:
            _logger.error("API keys not read again, the old ones stay: %s", error)
            return
        self._seen, self._keys = seen, keys
        _logger.info(
            "API keys read again: %s", ", ".join(sorted({key.name for key in keys.values()})) or "none is left"
        )

    def _look(self) -> tuple[int, int, int]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_ino, found.st_size
