"""API keys: who may call the services once they leave loopback."""

from pathlib import Path
from typing import Annotated

import typer

from readmission.cli._app import app


@app.command("make-key", rich_help_panel="Operations")
def make_key(
    name: Annotated[str, typer.Argument(help="Whose key it is; appears in logs.")],
    scope: Annotated[
        list[str],
        typer.Option(help="predict, read, feedback, outcomes, data, arrivals, promote or admin; may be given again."),
    ],
    file: Annotated[Path | None, typer.Option(help="Key file to add the hashed key to (made with mode 0600).")] = None,
) -> None:
    """Make an API key: the key is printed once and kept nowhere, the file gets its hash.

    Rotate without a restart: add a new key, move the callers over, take the old line out of the file.
    """
    import os
    import re

    from readmission.errors import InvalidInputError
    from readmission.web import key_file

    scopes = frozenset(scope)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        raise InvalidInputError("a key's name has at most 64 letters, digits, dots, dashes or underscores")
    if scopes - set(key_file.SCOPES):
        raise InvalidInputError(f"scopes are {', '.join(key_file.SCOPES)}")
    key = key_file.make_key()
    line = key_file.key_line(name, scopes, key)
    if file is not None:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as target:
            target.write(line + "\n")
    typer.echo(key if file else f"{key}\n{line}")
