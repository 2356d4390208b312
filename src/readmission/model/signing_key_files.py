"""The gate's key pair as files."""

import os
from pathlib import Path
from typing import Any

from readmission.errors import ConflictError, InvalidInputError
from readmission.model.signature import key_id, make_signing_key, read_private_key


def write_signing_key(private: Path, trusted: Path) -> dict[str, Any]:
    """Make a key pair: the private key in a file of its own, the public one added to those that are trusted.

    Returns:
        ``signing_key``: its id; and both files.

    Raises:
        ConflictError: the private key's file is there already.
        InvalidInputError: a file cannot be written.
    """
    if private.exists():
        raise ConflictError(f"{private} is there already: a key is never overwritten")
    text, public = make_signing_key()
    try:
        # Trusted first: cut off in between, no key signs that nobody trusts.
        _write(trusted, public, os.O_APPEND, 0o644)
        _write(private, text, os.O_EXCL, 0o600)
    except OSError as error:
        raise InvalidInputError(f"{error.filename or private} cannot be written: {error.strerror}") from error
    signing_key = key_id(read_private_key(private).public_key())
    return {"signing_key": signing_key, "private": str(private), "trusted": str(trusted)}


def _write(path: Path, text: str, how: int, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, mode), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
