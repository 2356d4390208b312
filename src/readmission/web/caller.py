"""Who calls, for the handlers of a request; :mod:`readmission.web.access` has found out."""

from typing import Annotated

from fastapi import Depends, Request

from readmission.web.access import CALLER
from readmission.web.key_file import ApiKey


async def read_caller(request: Request) -> ApiKey:
    """The key the request came with."""
    caller: ApiKey = request.scope[CALLER]
    return caller


Caller = Annotated[ApiKey, Depends(read_caller)]
