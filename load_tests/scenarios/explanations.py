"""A clinician: predicts, then asks why."""

import json
import random

from locust import task

from load_tests.encounters import pool
from load_tests.right_answers import WrongAnswerError
from load_tests.visitor import Visitor, acknowledged

_TOLERANCE = 1e-6


class Explanations(Visitor):
    """Every prediction is explained; the reasons add up to the risk."""

    @task
    def predict_and_explain(self) -> None:
        """One encounter of the pool and its reasons."""
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
        with self.client.post(
            f"/explain?prediction_id={answer['prediction_id']}", name="/explain", catch_response=True
        ) as response:
            try:
                risk = self.judge(response)["risk_30d"]
                total = risk["base_risk"] + sum(reason["contribution"] for reason in risk["reasons"])
                if abs(risk["risk"] - answer["risk_30d"]) > _TOLERANCE or abs(total - answer["risk_30d"]) > _TOLERANCE:
                    raise WrongAnswerError(f"the reasons add up to {total}, the risk is {answer['risk_30d']}")
            except WrongAnswerError as error:
                response.failure(str(error))
