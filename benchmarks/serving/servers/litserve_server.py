"""LitServe with batching."""

import sys
from typing import Any

import litserve
from bench_model import score


class Readmission(litserve.LitAPI):
    """Decodes nothing, scores batches."""

    def setup(self, device: str) -> None:
        """Nothing: the model is opened at the first request."""

    def batch(self, inputs: list[Any]) -> list[Any]:
        """The requests as they are."""
        return inputs

    def predict(self, x: list[dict[str, Any]]) -> list[dict[str, float]]:
        """Risks of a batch that LitServe put together."""
        return score(x)

    def unbatch(self, output: list[Any]) -> list[Any]:
        """One answer a request."""
        return output


if __name__ == "__main__":
    api = Readmission(max_batch_size=64, batch_timeout=0.001)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
