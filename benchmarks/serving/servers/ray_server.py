"""Ray Serve with its batching."""

import signal
import sys
from typing import Any

from bench_model import score
from ray import serve
from starlette.requests import Request


@serve.deployment(max_ongoing_requests=512, ray_actor_options={"num_cpus": 0.5})
class Readmission:
    """One replica."""

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0.001)
    async def score_batch(self, encounters: list[dict[str, Any]]) -> list[dict[str, float]]:
        """Risks of a batch that Ray put together."""
        return score(encounters)

    async def __call__(self, request: Request) -> dict[str, float]:
        """One request."""
        return await self.score_batch(await request.json())


if __name__ == "__main__":
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Readmission.bind(), route_prefix="/predict")
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    serve.shutdown()
