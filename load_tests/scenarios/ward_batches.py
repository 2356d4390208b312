"""A ward: the whole list of a day at once."""

import random

from locust import task

from load_tests.encounters import pool
from load_tests.right_answers import WrongAnswerError
from load_tests.visitor import Visitor, acknowledged
from readmission.client import calls

ROWS = 50


class WardBatches(Visitor):
    """Sends lists of discharges; every row is answered and stored."""

    @task
    def predict_batch(self) -> None:
        """Rows of the pool, in an order drawn anew."""
        numbers = random.sample(range(len(pool())), ROWS)
        ids = [acknowledged.next_encounter_id() for _ in numbers]
        rows = [{"encounter_id": each, **pool()[number]} for each, number in zip(ids, numbers, strict=True)]
        (call,) = calls.predict_batch(rows, ROWS)
        with self.send(call) as response:
            try:
                answers = self.judge(response, read=call.read)
                if [answer["row"] for answer in answers] != list(range(1, ROWS + 1)):
                    raise WrongAnswerError(f"{len(answers)} answers, not one a row in order")
                for number, encounter_id, answer in zip(numbers, ids, answers, strict=True):
                    self.take(number, encounter_id, {name: value for name, value in answer.items() if name != "row"})
            except WrongAnswerError as error:
                response.failure(str(error))
