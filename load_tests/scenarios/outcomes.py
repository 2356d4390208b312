"""A records office: some time after a prediction, what became of the patient."""

import json
import random

from locust import task

from load_tests.encounters import pool
from load_tests.right_answers import WrongAnswerError
from load_tests.visitor import Visitor, acknowledged

_LABELS = ("NO", ">30", "<30")


class Outcomes(Visitor):
    """Every prediction is followed by its outcome."""

    @task
    def predict_and_report(self) -> None:
        """One encounter of the pool and a drawn outcome."""
        number, encounter_id = random.randrange(len(pool())), acknowledged.next_encounter_id()  # noqa: S311
        body = json.dumps({"encounter_id": encounter_id, **pool()[number]})
        headers = {"content-type": "application/json"}
        with self.client.post("/predict", data=body, headers=headers, catch_response=True) as response:
            try:
                answer = self.judge(response)
                self.take(number, encounter_id, answer)
            except WrongAnswerError as error:
                response.failure(str(error))
                return
        outcome = {"prediction_id": answer["prediction_id"], "readmitted": random.choice(_LABELS)}  # noqa: S311
        with self.client.post("/outcomes", data=json.dumps(outcome), headers=headers, catch_response=True) as response:
            if response.status_code not in (200, 201):
                response.failure(f"status {response.status_code}: {response.text[:200]}")
