"""Runs where the callers are (`kubectl exec`, `ip netns exec`): asks for predictions from four threads until told.

Standard library and our contract only. Argument: seconds; ``CALL_ADDRESS`` names the service. Prints one JSON object:
answers by status and by model version, and the ids that were acknowledged.
"""

import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

from readmission.contract.examples import EXAMPLES

_ADDRESS = os.environ.get("CALL_ADDRESS", "http://inference-service:8000")
_HEADERS = {
    "X-API-Key": os.environ["READMISSION_INFERENCE_SERVICE__API_KEY"],
    "content-type": "application/json",
}
_statuses: Counter[str] = Counter()
_versions: Counter[str] = Counter()
_acknowledged: list[str] = []


def call(until: float) -> None:
    """Ask, one after the other, each over a connection of its own: the Service chooses a pod each time."""
    body = json.dumps(next(iter(EXAMPLES.values()))).encode()
    while time.monotonic() < until:
        request = urllib.request.Request(f"{_ADDRESS}/predict", body, _HEADERS)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                _statuses[str(answer.status)] += 1
                told = json.load(answer)
                _acknowledged.append(told["prediction_id"])
                _versions[told["model_version"]] += 1
        except urllib.error.HTTPError as error:
            _statuses[str(error.code)] += 1
        except OSError as error:
            _statuses[type(error).__name__] += 1
        time.sleep(0.1)  # all four together stay under the rate a key may have in production (50 a second)


if __name__ == "__main__":
    end = time.monotonic() + float(sys.argv[1])
    threads = [threading.Thread(target=call, args=(end,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps({"statuses": _statuses, "versions": _versions, "acknowledged": _acknowledged}) + "\n")
