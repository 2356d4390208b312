"""The last word on a run: Locust's own CSV may miss its last second, so the sums are written again at the very end."""

import csv
import os
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner
from locust.stats import PERCENTILES_TO_REPORT, StatsCSV

from load_tests.acknowledged import FOLDER_VARIABLE, results_folder
from load_tests.report import TOTALS


@events.init.add_listener
def write_totals(environment: Environment, **_: Any) -> None:
    """Once the workers have gone and their last reports are in; only if `make load` asked for it."""
    if isinstance(environment.runner, WorkerRunner) or FOLDER_VARIABLE not in os.environ:
        return

    def write(**_: Any) -> None:
        with (results_folder() / TOTALS).open("w", encoding="utf-8", newline="") as file:
            StatsCSV(environment, PERCENTILES_TO_REPORT).requests_csv(csv.writer(file))

    environment.events.quit.add_listener(write)
