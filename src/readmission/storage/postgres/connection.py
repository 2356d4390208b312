"""One way to open PostgreSQL, with errors a person can act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import Connection as Connection  # steps hand it on; only storage runs SQL on it
from pydantic import SecretStr

from readmission.errors import ConfigurationError, UnavailableError


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 5432}{parts.path}"


@contextmanager
def connect(
    url: SecretStr | None,
    setting: str = "READMISSION_DATABASE__URL",
    *,
    autocommit: bool = False,
    timeout_seconds: int = 10,
) -> Iterator[psycopg.Connection]:
    """Open a connection; commit on success, roll back on error, always close.

    Args:
        url: libpq URL.
        setting: name of the setting the URL came from, for the error message.
        autocommit: each statement commits by itself; some (``CREATE DATABASE``) run in no transaction.
        timeout_seconds: how long to wait for the server to take the connection.

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer, refuses the role, or goes away before the commit.
    """
    if url is None:
        raise ConfigurationError(f"{setting} is not set: start the platform with `make up`, or set it")
    secret = url.get_secret_value()
    try:
        connection = psycopg.connect(secret, connect_timeout=timeout_seconds, autocommit=autocommit)
    except psycopg.OperationalError as error:
        raise UnavailableError(f"PostgreSQL at {_address(secret)} ({setting}) does not answer: {error}") from error
    try:
        with connection:
            yield connection
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnavailableError(
            f"PostgreSQL at {_address(secret)} went away; what was begun is undone: {reason}"
        ) from error
