"""What all visitors share: the known risks, the record of answers, and how an answer is judged."""

import json
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from locust import FastHttpUser, between, events
from locust.env import Environment
from locust.runners import MasterRunner

from load_tests.acknowledged import Acknowledged, results_folder
from load_tests.encounters import pool
from load_tests.known_risks import API_KEY, ask_alone, read_known
from load_tests.right_answers import RightAnswers, WrongAnswerError
from readmission.client import calls
from readmission.contract.api_key import HEADER

right_answers = RightAnswers()
acknowledged = Acknowledged(results_folder())


class Visitor(FastHttpUser):
    """A user of the inference service; waits 1 to 2 seconds between requests, as in the described system."""

    abstract = True
    wait_time = between(1, 2)
    network_timeout = 60.0
    connection_timeout = 60.0

    def on_start(self) -> None:
        """Send the key, where the service asks for one."""
        if API_KEY:
            self.client.client.default_headers = {HEADER: API_KEY}  # type: ignore[assignment]  # geventhttpclient takes a dict

    def send(self, call: calls.Call[Any], name: str | None = None) -> AbstractContextManager[Any]:
        """Send what the Python client would send, by Locust's own client, which measures it."""
        response: AbstractContextManager[Any] = self.client.request(
            call.method,
            call.path,
            name=name,
            data=call.content,  # type: ignore[arg-type]  # it takes bytes too
            headers=dict(call.headers),
            catch_response=True,
        )
        return response

    def judge(self, response: Any, status: int = 200, read: Callable[[bytes], Any] = json.loads) -> Any:
        """The content of an answer; anything but the expected status is a failed request, a 503 above all."""
        if response.status_code != status:
            reason = response.text[:200] if response.status_code else response.error
            raise WrongAnswerError(f"status {response.status_code} instead of {status}: {reason}")
        try:
            return read(response.content)
        except ValueError as error:
            raise WrongAnswerError("the answer cannot be read") from error

    def take(self, number: int, encounter_id: int, answer: dict[str, Any]) -> None:
        """Check a prediction and write it down as acknowledged."""
        try:
            acknowledged.add(answer["prediction_id"], encounter_id, answer["risk_30d"])
        except (KeyError, TypeError) as error:
            raise WrongAnswerError("the answer is no prediction") from error
        right_answers.check(number, answer)

    def predict(self) -> tuple[int, dict[str, Any]] | None:
        """Ask about one encounter of the pool, under an encounter id of its own.

        Returns:
            The encounter id and the answer; None if it is no right answer, which then counts as failed.
        """
        number, encounter_id = random.randrange(len(pool())), acknowledged.next_encounter_id()  # noqa: S311
        with self.send(calls.predict({"encounter_id": encounter_id, **pool()[number]}, None)) as response:
            try:
                answer: dict[str, Any] = self.judge(response)
                self.take(number, encounter_id, answer)
            except WrongAnswerError as error:
                response.failure(str(error))
                return None
        return encounter_id, answer


@events.test_start.add_listener
def learn_known_risks(environment: Environment, **_: Any) -> None:
    """The risks of the pool as the leading process learnt them; a worker that joined asks itself."""
    if isinstance(environment.runner, MasterRunner):
        return
    for number, answer in enumerate(read_known(results_folder()) or ask_alone(environment.host or "")):
        right_answers.learn(number, answer)
    if len(right_answers.distinct_risks()) < 2:
        raise RuntimeError("all encounters have one and the same risk: mixed-up answers could not be seen")


@events.report_to_master.add_listener
def send_acknowledged(client_id: str, data: dict[str, Any]) -> None:
    """From a worker on another machine: what it was answered since its last report."""
    if lines := acknowledged.take_unsent():
        data["acknowledged"] = lines


@events.worker_report.add_listener
def receive_acknowledged(client_id: str, data: dict[str, Any]) -> None:
    """In the master: the lines of a worker on another machine."""
    if lines := data.get("acknowledged"):
        acknowledged.write(lines, "from-workers")


@events.quitting.add_listener
def write_down(**_: Any) -> None:
    """At the end: every answer on disk."""
    acknowledged.close()
