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
    from readmission.storage.registry.registry_reader import RegistryReader
    from readmission.storage.registry.stored_card import fetch_card

    settings = load_settings()
    registry = RegistryReader(settings, MODEL_NAME)
    try:
        if version is None:
            alias = settings.inference_service.alias
            live = registry.find_alias(alias)
            if live is None:
                raise NotFoundError(f"no version has the alias {alias}: give a version's number")
            version = live.version
        page = output is not None and output.suffix.lower() == ".html"
        content = fetch_card(registry, version, CARD_PAGE_FILE if page else CARD_FILE)
    finally:
        registry.close()
    if output is None:
        sys.stdout.write(content.decode())
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidInputError(f"{output} cannot be written: {error.strerror}") from error
