"""The client for programs that wait for each answer."""

import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx
from pydantic import SecretStr

from readmission.client import calls
from readmission.client.answers import BatchRow, Explanation, Feedback, Models, OutcomeCounts
from readmission.client.retries import Retries
from readmission.contract.api_key import key_headers
from readmission.contract.prediction import Prediction
from readmission.errors import UnavailableError

T = TypeVar("T")
TIMEOUT_SECONDS = 15.0
BATCH_TIMEOUT_SECONDS = 300.0


class InferenceClient:
    """Calls the inference service. Safe to share between threads; close it, or use it in a ``with``.

    Every method raises the error the service's problem document describes (:mod:`readmission.errors`):
    InvalidInputError names the broken fields, UnauthorizedError and ForbiddenError concern the key, NotFoundError the
    id, and UnavailableError says that the service did not answer, also not after all retries.

    Args:
        url: address of the service.
        api_key: the caller's key, if the service asks for one.
        retries: when a call that may be repeated is sent again; ``Retries(attempts=1)`` never does.
        idempotent: name each single prediction, so that it can be sent again without being stored twice. The service
            can look a name up only while PostgreSQL is there; without names it answers from its journal meanwhile,
            and a prediction whose connection broke is not sent again.
        timeout_seconds: longest wait for one answer; batches have their own.
        transport: how requests are sent, for instance through a proxy; the environment's proxies are not used.
    """

    def __init__(
        self,
        url: str,
        api_key: str | SecretStr | None = None,
        *,
        retries: Retries | None = None,
        idempotent: bool = True,
        timeout_seconds: float = TIMEOUT_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url
        self._retries = retries or Retries()
        self._idempotent = idempotent
        key = SecretStr(api_key) if isinstance(api_key, str) else api_key
        self._http = httpx.Client(
            base_url=url, headers=key_headers(key), timeout=timeout_seconds, transport=transport, trust_env=False
        )

    def predict(self, encounter: Mapping[str, Any], *, idempotency_key: str | None = None) -> Prediction:
        """Score one encounter; the answer is stored before it arrives.

        Args:
            encounter: the columns of the data dictionary.
            idempotency_key: a name for this request of the caller's own; a repeat with the same name returns the
                stored answer, also after the program was restarted. By default a random one for each call.
        """
        key = idempotency_key or (calls.new_key() if self._idempotent else None)
        return self._run(calls.predict(encounter, key))

    def predict_batch(
        self, encounters: Iterable[Mapping[str, Any]], *, rows_per_request: int = calls.ROWS_PER_REQUEST
    ) -> Iterator[BatchRow]:
        """Score many encounters, in order; neither they nor the answers are held in memory as a whole.

        A row that breaks the contract has ``problem``, ``detail`` and ``errors`` instead of risks.
        """
        for call in calls.predict_batch(encounters, rows_per_request):
            yield from self._run(call, BATCH_TIMEOUT_SECONDS)

    def read_prediction(self, prediction_id: str) -> dict[str, Any]:
        """A stored prediction and the encounter it was made for."""
        return self._run(calls.read_prediction(prediction_id))

    def explain(self, prediction_id: str) -> Explanation:
        """Why a stored prediction's risks are what they are."""
        return self._run(calls.explain(prediction_id))

    def give_feedback(
        self, prediction_id: str, verdict: Literal["agree", "override"], reason: str | None = None
    ) -> Feedback:
        """Agree with a stored prediction, or override it with a reason. Never sent twice."""
        return self._run(calls.give_feedback(prediction_id, verdict, reason))

    def report_outcomes(self, outcomes: Iterable[Mapping[str, Any]]) -> OutcomeCounts:
        """Report readmissions: ``{"prediction_id" or "encounter_id": ..., "readmitted": "NO" | ">30" | "<30"}``."""
        return self._run(calls.report_outcomes(outcomes))

    def list_models(self) -> Models:
        """The live version, all registered ones, and those refused."""
        return self._run(calls.list_models())

    def list_promotions(self) -> list[dict[str, Any]]:
        """Every decision of the gate, newest first."""
        return self._run(calls.list_promotions())

    def read_card(self, version: str) -> str:
        """A version's model card as HTML."""
        return self._run(calls.read_card(version))

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

    def _run(self, call: calls.Call[T], timeout_seconds: float | None = None) -> T:
        attempt = 0
        while True:
            attempt += 1
            response: httpx.Response | None = None
            failure: httpx.TransportError | None = None
            try:
                response = self._send(call, timeout_seconds)
            except httpx.TransportError as error:
                failure = error
            if response is not None and response.status_code < 400:
                return call.read(response.content)
            wait = wait_before_repeat(self._retries, call, attempt, response, failure)
            if wait is None:
                raise describe_failure(self.url, response, failure) from failure
            time.sleep(wait)

    def _send(self, call: calls.Call[T], timeout_seconds: float | None) -> httpx.Response:
        timeout = timeout_seconds if timeout_seconds is not None else self._http.timeout
        return self._http.request(
            call.method, call.path, content=call.content, headers=dict(call.headers), timeout=timeout
        )


def wait_before_repeat(
    retries: Retries,
    call: calls.Call[Any],
    attempt: int,
    response: httpx.Response | None,
    failure: httpx.TransportError | None,
) -> float | None:
    """Seconds until a failed call is sent again; None if it is not.

    A call that stores something at each arrival is sent again only if it certainly never arrived.
    """
    if not call.may_repeat and not isinstance(failure, httpx.ConnectError):
        return None
    if response is None:
        return retries.wait_after(attempt)
    return retries.wait_after(attempt, response.status_code, response.headers.get("retry-after"))


def describe_failure(url: str, response: httpx.Response | None, failure: httpx.TransportError | None) -> Exception:
    """The error to raise once a call has failed for good."""
    if response is None:
        return UnavailableError(f"the inference service at {url} does not answer ({type(failure).__name__})")
    return calls.read_problem(response.status_code, response.content)
