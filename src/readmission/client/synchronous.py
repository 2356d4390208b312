"""The client for programs that wait for each answer."""

import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx

from readmission.client import calls
from readmission.client.answers import BatchRow, Explanation, Feedback, Models, OutcomeCounts
from readmission.client.calls import CardType
from readmission.client.connection import Connection
from readmission.contract.prediction import Decision, Prediction

T = TypeVar("T")


class InferenceClient(Connection[httpx.Client, httpx.BaseTransport]):
    """Calls the inference service. Safe to share between threads; close it, or use it in a ``with``.

    Every method raises the error the service's problem document describes (:mod:`readmission.errors`):
    InvalidInputError names the broken fields, UnauthorizedError and ForbiddenError concern the key, NotFoundError the
    id, and UnavailableError says that the service did not answer, also not after all retries.
    """

    _open = httpx.Client

    def predict(self, encounter: Mapping[str, Any], *, idempotency_key: str | None = None) -> Prediction:
        """Score one encounter; the answer is stored before it arrives.

        Args:
            encounter: the columns of the data dictionary.
            idempotency_key: a name for this request of the caller's own; a repeat with the same name returns the
                stored answer, also after the program was restarted. By default a random one for each call.
        """
        return self._run(calls.predict(encounter, self._name_request(idempotency_key)))

    def predict_batch(
        self, encounters: Iterable[Mapping[str, Any]], *, rows_per_request: int = calls.ROWS_PER_REQUEST
    ) -> Iterator[BatchRow]:
        """Score many encounters, in order; neither they nor the answers are held in memory as a whole.

        A row that breaks the contract has ``problem``, ``detail`` and ``errors`` instead of risks.
        """
        for call in calls.predict_batch(encounters, rows_per_request):
            yield from self._run(call)

    def read_prediction(self, prediction_id: str) -> dict[str, Any]:
        """A stored prediction and the encounter it was made for."""
        return self._run(calls.read_prediction(prediction_id))

    def explain(self, prediction_id: str) -> Explanation:
        """Why a stored prediction's risks are what they are."""
        return self._run(calls.explain(prediction_id))

    def give_feedback(
        self,
        prediction_id: str,
        verdict: Literal["agree", "override"],
        reason: str | None = None,
        *,
        decided: Decision | None = None,
        idempotency_key: str | None = None,
    ) -> Feedback:
        """Agree with a stored prediction, or override it with a reason. Without a key, never sent twice.

        Args:
            prediction_id: the stored prediction.
            verdict: ``"override"`` needs a reason.
            reason: why, in words.
            decided: with an override: what is decided instead, ``"flag"`` or ``"no_flag"``.
            idempotency_key: a name for this feedback: sent again, it adds nothing.
        """
        return self._run(calls.give_feedback(prediction_id, verdict, reason, decided, idempotency_key))

    def report_outcomes(self, outcomes: Iterable[Mapping[str, Any]]) -> OutcomeCounts:
        """Report readmissions: ``{"prediction_id" or "encounter_id": ..., "readmitted": "NO" | ">30" | "<30"}``."""
        return self._run(calls.report_outcomes(outcomes))

    def list_models(self) -> Models:
        """The live version, all registered ones, and those refused."""
        return self._run(calls.list_models())

    def list_promotions(self) -> list[dict[str, Any]]:
        """Every decision of the gate, newest first."""
        return self._run(calls.list_promotions())

    def read_card(self, version: str, media_type: CardType = "text/html") -> str:
        """A version's model card."""
        return self._run(calls.read_card(version, media_type))

    def roll_back(
        self, actor: str, reason: str, *, version: str | None = None, admin_key: str | None = None
    ) -> dict[str, Any]:
        """Make an earlier champion live again. Never sent twice."""
        return self._run(calls.roll_back(actor, reason, version, admin_key))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self.close()

    def _run(self, call: calls.Call[T]) -> T:
        attempt = 0
        while True:
            attempt += 1
            response: httpx.Response | None = None
            failure: httpx.TransportError | None = None
            try:
                response = self._http.send(self._build_request(call))
            except httpx.TransportError as error:
                failure = error
            if response is not None and response.status_code < 400:
                return call.read(response.content)
            wait = self._wait_before_repeat(call, attempt, response, failure)
            if wait is None:
                raise self._describe_failure(response, failure) from failure
            time.sleep(wait)
