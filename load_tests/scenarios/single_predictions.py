"""A discharge desk: one encounter after the other."""

import json
import random

from locust import task

from load_tests.encounters import pool
from load_tests.right_answers import WrongAnswerError
from load_tests.visitor import Visitor, acknowledged

_BODIES = [json.dumps(encounter)[1:] for encounter in pool()]
_JSON = {"content-type": "application/json"}


class SinglePredictions(Visitor):
    """Predicts; now and then reads a prediction back, or sends one that must be refused."""

    last: tuple[str, int] | None = None

    @task(97)
    def predict(self) -> None:
        """One encounter of the pool, under an encounter id of its own."""
        number, encounter_id = random.randrange(len(_BODIES)), acknowledged.next_encounter_id()  # noqa: S311
        body = f'{{"encounter_id": {encounter_id}, {_BODIES[number]}'
        with self.client.post("/predict", data=body, headers=_JSON, catch_response=True) as response:
            try:
                answer = self.judge(response)
                self.take(number, encounter_id, answer)
                self.last = (answer["prediction_id"], encounter_id)
            except WrongAnswerError as error:
                response.failure(str(error))

    @task(2)
    def read_back(self) -> None:
        """The stored prediction belongs to the encounter it was asked for."""
        if self.last is None:
            return
        prediction_id, encounter_id = self.last
        path, name = f"/predictions/{prediction_id}", "/predictions/{id}"
        with self.client.get(path, name=name, catch_response=True) as response:
            try:
                if self.judge(response)["encounter_id"] != encounter_id:
                    raise WrongAnswerError("the stored prediction is of another encounter")
            except WrongAnswerError as error:
                response.failure(str(error))

    @task(1)
    def send_invalid(self) -> None:
        """A stay of 40 days is refused, and the field named."""
        body = json.dumps({**pool()[0], "time_in_hospital": 40})
        with self.client.post(
            "/predict", data=body, headers=_JSON, name="/predict (invalid)", catch_response=True
        ) as response:
            try:
                fields = [problem["field"] for problem in self.judge(response, 422)["errors"]]
                if fields != ["time_in_hospital"]:
                    raise WrongAnswerError(f"the refusal names {fields}")
                response.success()
            except WrongAnswerError as error:
                response.failure(str(error))
