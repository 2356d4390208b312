"""What both clients share: arguments, requests, and what becomes of a call that failed. Only the waiting differs."""

import ssl
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import httpx
from pydantic import SecretStr

from readmission.client import calls
from readmission.client.retries import Retries
from readmission.contract.api_key import key_headers
from readmission.errors import UnavailableError

TIMEOUT_SECONDS = 15.0
BATCH_TIMEOUT_SECONDS = 300.0
Http = TypeVar("Http", httpx.Client, httpx.AsyncClient)
Transport = TypeVar("Transport")


class Connection(Generic[Http, Transport]):
    """The address, the key and the rules for retries, over one of httpx's clients.

    Args:
        url: address of the service.
        api_key: the caller's key, if the service asks for one.
        retries: when a call that may be repeated is sent again; ``Retries(attempts=1)`` never does.
        idempotent: name each single prediction, so that it can be sent again without being stored twice. The service
            can look a name up only while PostgreSQL is there; without names it answers from its journal meanwhile,
            and a prediction whose connection broke is not sent again.
        timeout_seconds: longest wait for one answer; batches have their own.
        verify: whom to trust behind an ``https://`` address: an :class:`ssl.SSLContext` with your own CA, or the public
            authorities.
        transport: how requests are sent, for instance through a proxy; the environment's proxies are not used.
    """

    _open: Callable[..., Http]

    def __init__(
        self,
        url: str,
        api_key: str | SecretStr | None = None,
        *,
        retries: Retries | None = None,
        idempotent: bool = True,
        timeout_seconds: float = TIMEOUT_SECONDS,
        verify: ssl.SSLContext | bool = True,
        transport: Transport | None = None,
    ) -> None:
        self.url = url
        self._retries = retries or Retries()
        self._idempotent = idempotent
        key = SecretStr(api_key) if isinstance(api_key, str) else api_key
        self._http: Http = self._open(
            base_url=url,
            headers=key_headers(key),
            timeout=timeout_seconds,
            verify=verify,
            transport=transport,
            trust_env=False,
        )

    def _name_request(self, idempotency_key: str | None) -> str | None:
        return idempotency_key or (calls.new_key() if self._idempotent else None)

    def _build_request(self, call: calls.Call[Any]) -> httpx.Request:
        timeout = BATCH_TIMEOUT_SECONDS if call.is_long else self._http.timeout
        return self._http.build_request(
            call.method, call.path, content=call.content, headers=dict(call.headers), timeout=timeout
        )

    def _wait_before_repeat(
        self,
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
            return self._retries.wait_after(attempt)
        return self._retries.wait_after(attempt, response.status_code, response.headers.get("retry-after"))

    def _describe_failure(self, response: httpx.Response | None, failure: httpx.TransportError | None) -> Exception:
        """The error to raise once a call has failed for good."""
        if response is None:
            return UnavailableError(f"the inference service at {self.url} does not answer ({type(failure).__name__})")
        return calls.read_problem(response.status_code, response.content)
