"""Calls to the inference service; its problem details come back as this package's errors."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from readmission.contract.api_key import HEADER, key_headers
from readmission.errors import (
    FieldProblem,
    ForbiddenError,
    InvalidInputError,
    NotEligibleError,
    NotFoundError,
    ReadmissionError,
    UnauthorizedError,
    UnavailableError,
)

_TIMEOUT_SECONDS = 15.0
_BATCH_SECONDS = 300.0
_ERRORS: dict[int, type[ReadmissionError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    503: UnavailableError,
}


class InferenceClient:
    """The service as the page sees it.

    Every call raises UnavailableError where the service does not answer, and otherwise the error its problem
    document describes.
    """

    def __init__(self, url: str, api_key: SecretStr | None = None) -> None:
        self.url = url
        # Proxies of the environment are not asked: the service is on this machine or in this cluster.
        self.http = httpx.AsyncClient(
            base_url=url, headers=key_headers(api_key), timeout=_TIMEOUT_SECONDS, trust_env=False
        )

    async def predict(self, encounter: Mapping[str, Any]) -> dict[str, Any]:
        """Score one encounter; the answer is stored."""
        return dict(await self._ask("POST", "/predict", encounter))

    async def explain(self, prediction_id: str) -> dict[str, Any]:
        """The reasons behind a stored prediction; they are stored with it."""
        return dict(await self._ask("POST", f"/explain?prediction_id={quote(prediction_id, safe='')}"))

    async def predict_batch(self, body: bytes) -> AsyncIterator[str]:
        """Score many encounters (NDJSON); one JSON line a row, as they are stored."""
        headers = {"content-type": "application/x-ndjson", "accept": "application/x-ndjson"}
        try:
            async with self.http.stream(
                "POST", "/predict/batch", content=body, headers=headers, timeout=_BATCH_SECONDS
            ) as response:
                if response.status_code >= 400:
                    await response.aread()
                    raise _read_problem(response)
                async for line in response.aiter_lines():
                    yield line
        except httpx.HTTPError as error:
            raise UnavailableError(f"The inference service at {self.url} went away before the end") from error

    async def find_prediction(self, prediction_id: str) -> dict[str, Any]:
        """A stored prediction with its encounter."""
        return dict(await self._ask("GET", f"/predictions/{quote(prediction_id, safe='')}"))

    async def give_feedback(
        self, prediction_id: str, verdict: str, reason: str | None, decided: str | None = None
    ) -> dict[str, Any]:
        """Agree with a stored prediction, or override it with what was decided instead."""
        body = {"verdict": verdict, "reason": reason, **({"decided": decided} if decided else {})}
        return dict(await self._ask("POST", f"/predictions/{prediction_id}/feedback", body))

    async def models(self) -> dict[str, Any]:
        """The live version and all registered ones."""
        return dict(await self._ask("GET", "/models"))

    async def card(self, version: str, media_type: str = "text/html") -> str:
        """A version's card, a page of HTML or Markdown."""
        path = f"/models/{quote(version, safe='')}/card"
        response = await self.send("GET", path, headers={"accept": media_type})
        if response.status_code >= 400:
            raise _read_problem(response)
        return response.text

    async def promotions(self) -> list[dict[str, Any]]:
        """Every decision of the gate, newest first."""
        decisions: list[dict[str, Any]] = await self._ask("GET", "/promotions")
        return decisions

    async def roll_back(self, reason: str, actor: str, admin_key: str) -> dict[str, Any]:
        """Go back to the version that was live before, with the administrator's key."""
        order = {"reason": reason, "actor": actor}
        return dict(await self._ask("POST", "/models/rollback", order, {HEADER: admin_key}))

    async def offers(self, path: str) -> bool:
        """True where the service has an endpoint."""
        document = await self._ask("GET", "/openapi.json")
        return path in document["paths"]

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request as it is.

        Raises:
            UnavailableError: the service does not answer.
        """
        try:
            return await self.http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise UnavailableError(f"The inference service at {self.url} does not answer") from error

    async def _ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})}
        response = await self.send(method, path, content=content, headers=sent)
        if response.status_code >= 400:
            raise _read_problem(response)
        return response.json()


def read_fields(problem: Mapping[str, Any]) -> tuple[FieldProblem, ...]:
    """The broken fields of a problem document."""
    return tuple(FieldProblem(e["field"], e["problem"], e.get("allowed")) for e in problem.get("errors") or ())


def _read_problem(response: httpx.Response) -> ReadmissionError:
    try:
        problem = dict(response.json())
    except ValueError:
        return UnavailableError(f"The inference service answered {response.status_code} without saying why")
    message, fields = str(problem.get("detail") or problem.get("title")), read_fields(problem)
    if problem.get("type") == f"urn:readmission:{NotEligibleError.slug}":
        return NotEligibleError(message, fields)
    kind = _ERRORS.get(response.status_code) or (InvalidInputError if response.status_code < 500 else ReadmissionError)
    return kind(message, fields)
