"""The API key as the OpenAPI document shows it; :mod:`readmission.web.access` is what checks it."""

from typing import Annotated

from fastapi import Security
from fastapi.security import APIKeyHeader

from readmission.contract.api_key import HEADER

_header = APIKeyHeader(name=HEADER, auto_error=False, description="An API key with the right, or the admin key.")
GivenKey = Annotated[str | None, Security(_header)]
