"""Generated pages say what the code says."""

from scripts.generate_docs import stale


def test_generated_pages_are_current() -> None:
    assert stale() == [], "run `make docs`"
