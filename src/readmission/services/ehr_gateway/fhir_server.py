"""What a hook's prefetch left out, asked of the EHR's FHIR server: only of one its client may name, and bounded."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any

import httpx
import msgspec

from readmission.contract.json_shape import check_shape
from readmission.errors import FieldProblem, InvalidInputError, MissingDataError

MOST_BYTES = 2 * 1024 * 1024
SECONDS_IN_ALL = 5.0
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")


class FhirServer:
    """One FHIR server for one call.

    Args:
        http: the connection; follows no redirects, uses no proxy.
        address: what the hook calls ``fhirServer``.
        allowed: addresses the client may name.
        token: the bearer token of ``fhirAuthorization``, or None.

    Raises:
        InvalidInputError: the address is not one of them, or the token is none.
    """

    def __init__(self, http: httpx.AsyncClient, address: str, allowed: Iterable[str], token: str | None) -> None:
        self._base = address.rstrip("/")
        if self._base not in {each.rstrip("/") for each in allowed}:
            problem = FieldProblem("fhirServer", "is not a server this client was registered with")
            raise InvalidInputError("The FHIR server is not allowed", (problem,))
        if token is not None and not _TOKEN.fullmatch(token):
            raise InvalidInputError(
                "The token is none", (FieldProblem("fhirAuthorization.access_token", "is no token"),)
            )
        self._headers = {"accept": "application/fhir+json", "accept-encoding": "identity"}
        if token is not None:
            self._headers["authorization"] = f"Bearer {token}"
        self._http = http

    async def read_all(self, queries: dict[str, str]) -> dict[str, Any]:
        """Name to what each query found, asked side by side.

        Raises:
            MissingDataError: the server does not answer all of them as it should.
        """
        try:
            async with asyncio.timeout(SECONDS_IN_ALL):
                found = await asyncio.gather(*(self._read(name, query) for name, query in queries.items()))
        except TimeoutError:
            problem = FieldProblem("fhirServer", f"does not answer within {SECONDS_IN_ALL:g} s")
            raise MissingDataError("The FHIR server does not answer in time", (problem,)) from None
        return dict(zip(queries, found, strict=True))

    async def _read(self, name: str, query: str) -> Any:
        try:
            async with self._http.stream("GET", f"{self._base}/{query}", headers=self._headers) as answer:
                if answer.status_code == 404:
                    return None
                if answer.status_code != 200 or "content-encoding" in answer.headers:
                    raise _missing(name, f"the FHIR server answers {answer.status_code}")
                content = bytearray()
                async for part in answer.aiter_raw():
                    content += part
                    if len(content) > MOST_BYTES:
                        raise _missing(name, f"the FHIR server answers more than {MOST_BYTES} bytes")
            body = bytes(content)
            await asyncio.to_thread(check_shape, body)
            return msgspec.json.decode(body)
        except (httpx.HTTPError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidInputError) as error:
            if isinstance(error, MissingDataError):
                raise
            raise _missing(name, f"the FHIR server's answer cannot be read ({type(error).__name__})") from None


def _missing(name: str, why: str) -> MissingDataError:
    return MissingDataError("The FHIR server gave no data", (FieldProblem(f"prefetch.{name}", why),))
