"""When a call is sent again."""

import pytest

from readmission.client import Retries


def test_waits_double_up_to_the_longest() -> None:
    retries = Retries(attempts=10, first_wait_seconds=1, longest_wait_seconds=4)
    for attempt, longest in ((1, 1), (2, 2), (3, 4), (4, 4), (9, 4)):
        waits = [retries.wait_after(attempt) for _ in range(200)]
        assert all(wait is not None and 0 <= wait <= longest for wait in waits)


def test_the_last_attempt_is_the_last() -> None:
    assert Retries(attempts=2).wait_after(2) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_a_refusal_is_final(status: int) -> None:
    assert Retries().wait_after(1, status) is None


@pytest.mark.parametrize(("asked", "least", "most"), [("2", 2, 2), ("600", 10, 10), ("soon", 0, 0.25)])
def test_the_service_may_ask_for_patience_within_bounds(asked: str, least: float, most: float) -> None:
    wait = Retries().wait_after(1, 503, asked)
    assert wait is not None
    assert least <= wait <= most


def test_no_attempts_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Retries(attempts=0)
