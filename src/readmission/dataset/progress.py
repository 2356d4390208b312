"""How long steps tell how far they are."""

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with the stage's name, what is done, and the whole (None: not known), in bytes or rows."""


def no_progress(stage: str, done: int, whole: int | None) -> None:
    """Tell nobody."""
