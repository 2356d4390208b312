"""The admin key of a service."""

import hmac
from typing import Annotated

from fastapi import Security
from fastapi.security import APIKeyHeader
from pydantic import SecretStr

from readmission.errors import UnauthorizedError

HEADER = "X-API-Key"
_header = APIKeyHeader(name=HEADER, auto_error=False, description="The service's admin key.")
GivenKey = Annotated[str | None, Security(_header)]


def check_admin_key(given: str | None, expected: SecretStr | None) -> None:
    """Let only the holder of the admin key pass; compares in constant time.

    Raises:
        UnauthorizedError: the key is missing or wrong, or the service has none and refuses everybody.
    """
    if expected is None or not expected.get_secret_value():
        raise UnauthorizedError("this service has no admin key set, so this call is refused to everybody")
    if given is None:
        raise UnauthorizedError(f"send the admin key in the {HEADER} header")
    if not hmac.compare_digest(given.encode(), expected.get_secret_value().encode()):
        raise UnauthorizedError(f"the key in the {HEADER} header is not the admin key")
