"""A run that does not keep its thresholds ends with exit code 1."""

import logging
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from load_tests.thresholds import broken_thresholds, read_bounds


@events.quitting.add_listener
def judge_run(environment: Environment, **_: Any) -> None:
    """Set the exit code of the whole run; the master judges, not its workers."""
    if isinstance(environment.runner, WorkerRunner):
        return
    total = environment.stats.total
    figures = {
        "error_ratio": total.fail_ratio,
        "p95": total.get_response_time_percentile(0.95) or 0,
        "p99": total.get_response_time_percentile(0.99) or 0,
    }
    broken = broken_thresholds(figures, read_bounds())
    if total.num_requests == 0:
        broken.append("nothing was answered at all")
    if environment.runner is not None and environment.runner.exceptions:
        broken.append("a visitor of this load test broke: see the exceptions above")
    for line in broken:
        logging.getLogger(__name__).error("threshold: %s", line)
    environment.process_exit_code = 1 if broken else 0
