"""Is a stored card whole? Read from the file as people read it, not from what wrote it."""

import re
from pathlib import Path

from readmission.errors import ArtifactError
from readmission.learning.model_card.sections import REQUIRED
from readmission.model.artifact import CARD_FILE, CARD_PAGE_FILE, Manifest, read_listed_file

_HEADING = re.compile(r"^#{1,3} (?P<title>.*?)\s*$")


def find_empty_items(markdown: str) -> tuple[str, ...]:
    """Keys of the required items that a card lacks or leaves empty, in the card's order.

    An item is its heading; its text is what follows, up to the next heading. Of two items with one heading both
    must have a text.
    """
    texts: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in markdown.splitlines():
        if (found := _HEADING.match(line)) is not None:
            key = found["title"].partition(" · ")[0]
            texts.setdefault(key, []).append("")
            current = texts[key]
        elif current is not None:
            current[-1] += line.strip()
    return tuple(key for key in REQUIRED if not texts.get(key) or not all(texts[key]))


def find_empty_card_items(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """What is empty in the card stored with a version's files; a file that is not there counts as an item.

    Args:
        folder: the version's files.
        manifest: their verified manifest; what it does not list is not part of the version.

    Raises:
        ArtifactError: a card's file is not the one the manifest lists, or is no text.
    """
    missing = tuple(f"{name} (missing)" for name in (CARD_FILE, CARD_PAGE_FILE) if name not in manifest.files)
    if CARD_FILE not in manifest.files:
        return missing
    try:
        text = read_listed_file(folder, manifest, CARD_FILE).decode()
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{folder.name}/{CARD_FILE} is not UTF-8") from error
    return (*missing, *find_empty_items(text))
