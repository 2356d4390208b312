"""The model card of a version, on the terminal or in a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from readmission.cli._app import app


@app.command("card", rich_help_panel="Models and predictions")
def card(
    version: Annotated[str | None, typer.Argument(help="Number of the version; the live one by default.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="File to write; a name ending in .html gets the page with its pictures.")
    ] = None,
) -> None:
    """Print a version's model card (Markdown), read from the registry and checked; or write it to a file."""
    from readmission.contract.prediction import MODEL_NAME
    from readmission.errors import InvalidInputError, NotFoundError
    from readmission.model.artifact import CARD_FILE, CARD_PAGE_FILE
    from readmission.settings import load_settings
    from readmission.storage.registry.recorded_model import find_live
    from readmission.storage.registry.registry_reader import RegistryReader
    from readmission.storage.registry.stored_card import fetch_card

    settings = load_settings()
    registry = RegistryReader(settings, MODEL_NAME)
    try:
        signed_sha256 = None
        if version is None:
            live = find_live(settings)
            if live is None:
                raise NotFoundError("no version was promoted yet: give a version's number")
            version, signed_sha256 = live.version, live.manifest_sha256
        page = output is not None and output.suffix.lower() == ".html"
        content = fetch_card(registry, version, CARD_PAGE_FILE if page else CARD_FILE, signed_sha256)
    finally:
        registry.close()
    if output is None:
        sys.stdout.write(content.decode())
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidInputError(f"{output} cannot be written: {error.strerror}") from error
