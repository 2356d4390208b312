"""What all visitors share: the known risks, the record of answers, and how an answer is judged."""

import json
import os
from collections.abc import Mapping
from typing import Any

from locust import FastHttpUser, between, events
from locust.env import Environment

from load_tests.acknowledged import Acknowledged, results_folder
from load_tests.encounters import pool
from load_tests.right_answers import RightAnswers, WrongAnswerError
from readmission.contract.api_key import HEADER

right_answers = RightAnswers()
acknowledged = Acknowledged(results_folder())
_API_KEY = os.environ.get("READMISSION_INFERENCE_SERVICE__API_KEY", "")


class Visitor(FastHttpUser):
    """A user of the inference service; waits 1 to 2 seconds between requests, as in the described system."""

    abstract = True
    wait_time = between(1, 2)
    network_timeout = 60.0
    connection_timeout = 60.0

    def on_start(self) -> None:
        """Send the key, where the service asks for one."""
        if _API_KEY:
            self.client.client.default_headers = {HEADER: _API_KEY}  # type: ignore[attr-defined]

    def offers(self, path: str) -> bool:
        """True where the running service has an endpoint."""
        return path in offered_paths(self.host or "")

    def judge(self, response: Any, status: int = 200) -> Any:
        """The JSON of an answer; anything but the expected status is a failed request, a 503 above all."""
        if response.status_code != status:
            reason = response.text[:200] if response.status_code else response.error
            raise WrongAnswerError(f"status {response.status_code} instead of {status}: {reason}")
        return json.loads(response.content)

    def take(self, number: int, encounter_id: int, answer: Mapping[str, Any]) -> None:
        """Check a prediction and write it down as acknowledged."""
        acknowledged.add(answer["prediction_id"], encounter_id, answer["risk_30d"])
        right_answers.check(number, answer)


_paths: dict[str, frozenset[str]] = {}


def offered_paths(host: str) -> frozenset[str]:
    """Paths of the service's OpenAPI document, read once a process."""
    import urllib.request

    if host not in _paths:
        with urllib.request.urlopen(f"{host}/openapi.json", timeout=30) as answer:  # noqa: S310 - our own address
            _paths[host] = frozenset(json.load(answer)["paths"])
    return _paths[host]


@events.test_start.add_listener
def learn_known_risks(environment: Environment, **_: Any) -> None:
    """Before the load: every encounter of the pool alone, to know its risks."""
    from locust.runners import MasterRunner

    if isinstance(environment.runner, MasterRunner):
        return
    import urllib.request

    headers = {"content-type": "application/json"} | ({HEADER: _API_KEY} if _API_KEY else {})
    for number, encounter in enumerate(pool()):
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{environment.host}/predict", data=json.dumps(encounter).encode(), headers=headers
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            right_answers.learn(number, json.load(answer))
    if len(right_answers.distinct_risks()) < 2:
        raise RuntimeError("all encounters have one and the same risk: mixed-up answers could not be seen")


@events.quitting.add_listener
def write_down(**_: Any) -> None:
    """At the end: every answer on disk."""
    acknowledged.close()
