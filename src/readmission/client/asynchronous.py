"""The client for asyncio programs; the same calls as :class:`readmission.client.InferenceClient`."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx

from readmission.client import calls
from readmission.client.answers import BatchRow, Explanation, Feedback, Models, OutcomeCounts
from readmission.client.calls import CardType
from readmission.client.connection import Connection
from readmission.contract.prediction import Decision, Prediction

T = TypeVar("T")


class AsyncInferenceClient(Connection[httpx.AsyncClient, httpx.AsyncBaseTransport]):
    """:class:`readmission.client.InferenceClient` with awaitable methods; same arguments, same errors."""

    _open = httpx.AsyncClient

    async def predict(self, encounter: Mapping[str, Any], *, idempotency_key: str | None = None) -> Prediction:
        """Score one encounter; the answer is stored before it arrives."""
        return await self._run(calls.predict(encounter, self._name_request(idempotency_key)))

    async def predict_batch(
        self, encounters: Iterable[Mapping[str, Any]], *, rows_per_request: int = calls.ROWS_PER_REQUEST
    ) -> AsyncIterator[BatchRow]:
        """Score many encounters, in order; neither they nor the answers are held in memory as a whole."""
        for call in calls.predict_batch(encounters, rows_per_request):
            for row in await self._run(call):
                yield row

    async def read_prediction(self, prediction_id: str) -> dict[str, Any]:
        """A stored prediction and the encounter it was made for."""
        return await self._run(calls.read_prediction(prediction_id))

    async def explain(self, prediction_id: str) -> Explanation:
        """Why a stored prediction's risks are what they are."""
        return await self._run(calls.explain(prediction_id))

    async def give_feedback(
        self,
        prediction_id: str,
        verdict: Literal["agree", "override"],
        reason: str | None = None,
        *,
        decided: Decision | None = None,
        idempotency_key: str | None = None,
    ) -> Feedback:
        """Agree with a stored prediction, or override it with a reason. Without a key, never sent twice."""
        return await self._run(calls.give_feedback(prediction_id, verdict, reason, decided, idempotency_key))

    async def report_outcomes(self, outcomes: Iterable[Mapping[str, Any]]) -> OutcomeCounts:
        """Report readmissions."""
        return await self._run(calls.report_outcomes(outcomes))

    async def list_models(self) -> Models:
        """The live version, all registered ones, and those refused."""
        return await self._run(calls.list_models())

    async def list_promotions(self) -> list[dict[str, Any]]:
        """Every decision of the gate, newest first."""
        return await self._run(calls.list_promotions())

    async def read_card(self, version: str, media_type: CardType = "text/html") -> str:
        """A version's model card."""
        return await self._run(calls.read_card(version, media_type))

    async def roll_back(
        self, actor: str, reason: str, *, version: str | None = None, admin_key: str | None = None
    ) -> dict[str, Any]:
        """Make an earlier champion live again. Never sent twice."""
        return await self._run(calls.roll_back(actor, reason, version, admin_key))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """The client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.close()

    async def _run(self, call: calls.Call[T]) -> T:
        attempt = 0
        while True:
            attempt += 1
            response: httpx.Response | None = None
            failure: httpx.TransportError | None = None
            try:
                response = await self._http.send(self._build_request(call))
            except httpx.TransportError as error:
                failure = error
            if response is not None and response.status_code < 400:
                return call.read(response.content)
            wait = self._wait_before_repeat(call, attempt, response, failure)
            if wait is None:
                raise self._describe_failure(response, failure) from failure
            await asyncio.sleep(wait)
