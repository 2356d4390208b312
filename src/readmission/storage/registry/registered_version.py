"""A version of the registered model, as both ways to read the registry return it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """One version: its number, the run it came from, and its tags (``model_hash``, ``manifest_sha256``, ...).

    ``aliases``: sorted, those that point at it. ``created_at_ms``: milliseconds since 1970, UTC.
    """

    version: str
    run_id: str
    tags: Mapping[str, str]
    aliases: tuple[str, ...]
    created_at_ms: int
