"""A key file for a test: callers by name, and their keys."""

from collections.abc import Mapping
from pathlib import Path

from readmission.web.key_file import key_line, make_key


def write_keys(file: Path, callers: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Write a key for each caller.

    Args:
        file: the key file.
        callers: name to scopes, joined by commas.

    Returns:
        The headers each caller sends.
    """
    keys = {name: make_key() for name in callers}
    lines = (key_line(name, frozenset(callers[name].split(",")), key) + "\n" for name, key in keys.items())
    file.write_text("".join(lines))
    return {name: {"X-API-Key": key} for name, key in keys.items()}
