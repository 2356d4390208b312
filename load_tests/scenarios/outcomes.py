"""A records office: some time after a prediction, what became of the patient."""

import random

from locust import task

from load_tests.right_answers import WrongAnswerError
from load_tests.visitor import Visitor
from readmission.client import calls

_LABELS = ("NO", ">30", "<30")


class Outcomes(Visitor):
    """Every prediction is followed by its outcome."""

    @task
    def predict_and_report(self) -> None:
        """One encounter of the pool and a drawn outcome."""
        predicted = self.predict()
        if predicted is None:
            return
        _, answer = predicted
        outcome = {"prediction_id": answer["prediction_id"], "readmitted": random.choice(_LABELS)}  # noqa: S311
        with self.send(calls.report_outcomes([outcome])) as response:
            try:
                self.judge(response, 201)
            except WrongAnswerError as error:
                response.failure(str(error))
