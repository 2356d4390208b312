"""What Locust reads. Choose visitors by name (`SinglePredictions`), a shape by LOAD_SHAPE=steady|spike|soak."""

import os

from locust import runners

from load_tests import shapes
from load_tests.judge_run import judge_run
from load_tests.metrics import show_metrics
from load_tests.scenarios.explanations import Explanations
from load_tests.scenarios.outcomes import Outcomes
from load_tests.scenarios.single_predictions import SinglePredictions
from load_tests.scenarios.ward_batches import WardBatches
from load_tests.write_totals import write_totals

__all__ = ["Explanations", "Outcomes", "SinglePredictions", "WardBatches", "judge_run", "show_metrics", "write_totals"]

# On cores shared with the service a worker may be silent for longer than Locust's 3 s without being lost.
runners.HEARTBEAT_LIVENESS = 30

_shape = os.environ.get("LOAD_SHAPE", "steady")
if _shape == "spike":

    class ChosenShape(shapes.Spike):
        """The shape of this run."""

elif _shape == "soak":

    class ChosenShape(shapes.Soak):  # type: ignore[no-redef]  # Locust looks for one class, whatever its name
        """The shape of this run."""

elif _shape != "steady":
    raise SystemExit(f"LOAD_SHAPE={_shape}: choose steady, spike or soak")
