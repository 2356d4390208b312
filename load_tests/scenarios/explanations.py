"""A clinician: predicts, then asks why."""

from locust import task

from load_tests.right_answers import TOLERANCE, WrongAnswerError
from load_tests.visitor import Visitor
from readmission.client import calls


class Explanations(Visitor):
    """Every prediction is explained; the reasons add up to the risk."""

    @task
    def predict_and_explain(self) -> None:
        """One encounter of the pool and its reasons."""
        predicted = self.predict()
        if predicted is None:
            return
        _, answer = predicted
        with self.send(calls.explain(answer["prediction_id"]), "/explain") as response:
            try:
                risk = self.judge(response)["risk_30d"]
                total = risk["base_risk"] + sum(reason["contribution"] for reason in risk["reasons"])
                if max(abs(risk["risk"] - answer["risk_30d"]), abs(total - answer["risk_30d"])) > TOLERANCE:
                    raise WrongAnswerError(f"the reasons add up to {total}, the risk is {answer['risk_30d']}")
            except WrongAnswerError as error:
                response.failure(str(error))
