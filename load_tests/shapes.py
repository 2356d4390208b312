"""How many users at which time: a spike or a soak. Without a shape, the number is steady."""

from locust import LoadTestShape


class Spike(LoadTestShape):
    """A tenth of the users, for a fifth of the time all at once, then a tenth again."""

    abstract = True
    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """Users and how many a second may come or go; None at the end."""
        users, seconds = _options(self)
        passed = self.get_run_time()
        if passed > seconds:
            return None
        in_spike = 0.4 * seconds <= passed < 0.6 * seconds
        return (users if in_spike else max(1, users // 10)), float(users)


class Soak(LoadTestShape):
    """All users, come and gone slowly: a tenth of the time each."""

    abstract = True
    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """Users and how many a second may come or go; None at the end."""
        users, seconds = _options(self)
        passed = self.get_run_time()
        if passed > seconds:
            return None
        ramp = 0.1 * seconds
        share = min(1.0, passed / ramp, (seconds - passed) / ramp)
        return max(1, round(users * share)), max(1.0, users / ramp)


def _options(shape: LoadTestShape) -> tuple[int, float]:
    assert shape.runner is not None  # noqa: S101 - a shape is asked by its runner
    options = shape.runner.environment.parsed_options
    assert options is not None  # noqa: S101
    return int(options.num_users), float(options.run_time)
