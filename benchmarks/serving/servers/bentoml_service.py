"""BentoML with its adaptive batching."""

from typing import Any

import bentoml
from bench_model import score


@bentoml.service(workers=1, traffic={"max_concurrency": 512})
class Readmission:
    """One batchable endpoint."""

    @bentoml.api(batchable=True, max_batch_size=128, max_latency_ms=1000)
    def predict(self, encounters: list[dict[str, Any]]) -> list[dict[str, float]]:
        """Risks of a batch that BentoML put together."""
        return score(encounters)
