"""The card's words: Markdown files in ``text/``, filled with what the run says."""

import re
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, meta

_ENVIRONMENT = Environment(
    # The card is Markdown here; its page escapes whatever could be a tag (`write_card`).
    autoescape=False,  # noqa: S701
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADING = re.compile(r"^# (.+)\n", re.MULTILINE)
_BREAK_IN_PARAGRAPH = re.compile(r"(?<=[^\n])\n(?=[^\n|-])")
"""Not between rows of a table (``|``) or of a list (``-``)."""


def fill(name: str, **values: Any) -> dict[str, str]:
    """Heading of every item of a file to its text; what stands before the first heading is for the file's editors.

    Args:
        name: of the file, without ``.md``.
        values: what its placeholders stand for.

    Raises:
        ValueError: a placeholder has no value, or no placeholder uses a value.
    """
    source = (files(__package__) / "text" / f"{name}.md").read_text(encoding="utf-8")
    asked = meta.find_undeclared_variables(_ENVIRONMENT.parse(source))
    if asked != values.keys():
        lacking, unused = sorted(asked - values.keys()), sorted(values.keys() - asked)
        raise ValueError(f"text/{name}.md: placeholders without a value {lacking}, values nothing uses {unused}")
    _, *parts = _HEADING.split(source)
    return {
        heading: _fill_item(f"text/{name}.md, {heading}", text, values)
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


def _fill_item(where: str, text: str, values: dict[str, Any]) -> str:
    try:
        filled = _ENVIRONMENT.from_string(text).render(values)
    except TemplateError as error:
        raise ValueError(f"{where}: {error}") from error
    return _BREAK_IN_PARAGRAPH.sub(" ", filled.strip())
