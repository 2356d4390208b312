"""A discharge desk: one encounter after the other."""

from locust import task

from load_tests.encounters import pool
from load_tests.right_answers import WrongAnswerError
from load_tests.visitor import Visitor
from readmission.client import calls


class SinglePredictions(Visitor):
    """Predicts; now and then reads a prediction back, or sends one that must be refused."""

    last: tuple[str, int] | None = None

    @task(97)
    def predict_one(self) -> None:
        """One encounter of the pool."""
        predicted = self.predict()
        if predicted is not None:
            encounter_id, answer = predicted
            self.last = (answer["prediction_id"], encounter_id)

    @task(2)
    def read_back(self) -> None:
        """The stored prediction belongs to the encounter it was asked for."""
        if self.last is None:
            return
        prediction_id, encounter_id = self.last
        with self.send(calls.read_prediction(prediction_id), "/predictions/{id}") as response:
            try:
                if self.judge(response)["encounter_id"] != encounter_id:
                    raise WrongAnswerError("the stored prediction is of another encounter")
            except WrongAnswerError as error:
                response.failure(str(error))

    @task(1)
    def send_invalid(self) -> None:
        """A stay of 40 days is refused, and the field named."""
        broken = {**pool()[0], "time_in_hospital": 40}
        with self.send(calls.predict(broken, None), "/predict (invalid)") as response:
            try:
                fields = [problem["field"] for problem in self.judge(response, 422)["errors"]]
                if fields != ["time_in_hospital"]:
                    raise WrongAnswerError(f"the refusal names {fields}")
                response.success()
            except WrongAnswerError as error:
                response.failure(str(error))
