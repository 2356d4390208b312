"""The client of the running inference service, from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from readmission.errors import UnavailableError

if TYPE_CHECKING:  # httpx is not imported for every `--help`
    from readmission.client import InferenceClient


@contextmanager
def open_client() -> Iterator["InferenceClient"]:
    """A client that asks once: whoever typed the command can type it again.

    Raises:
        UnavailableError: the service does not answer; the message says how to start it.
    """
    from readmission.client import InferenceClient, Retries
    from readmission.settings import load_settings

    settings = load_settings()
    service, once = settings.inference_service, Retries(attempts=1)
    with InferenceClient(service.url, service.api_key, retries=once, idempotent=False, verify=settings.trust) as client:
        try:
            yield client
        except UnavailableError as error:
            if error.__cause__ is None:  # it answered, and said so itself
                raise
            hint = "start the platform with `make up`, or set READMISSION_INFERENCE_SERVICE__URL"
            raise UnavailableError(f"{error.message}: {hint}") from error
