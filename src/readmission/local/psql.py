"""Open PostgreSQL's own client as a role that may read everything and change nothing."""

import os
import shutil
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from readmission.errors import ConfigurationError, PlatformError
from readmission.local.programs.postgres import wheel_bin_dir
from readmission.local.state.credentials import read_password
from readmission.local.state.folder import StateFolder
from readmission.settings import Settings
from readmission.storage.postgres.databases import database_url

READER = "readmission_reader"


@dataclass(frozen=True, slots=True)
class PsqlCall:
    """A program with its arguments, and an environment that has the password: no list of processes shows it."""

    command: list[str]
    environment: dict[str, str] = field(repr=False)


def plan_psql(settings: Settings, statement: str | None = None) -> PsqlCall:
    """How psql is called: on the local platform as the reader, elsewhere as READMISSION_DATABASE__URL says.

    Raises:
        ConfigurationError: there is no platform here, and no URL.
        PlatformError: psql is not on this machine.
    """
    folder = StateFolder(settings.state_dir.expanduser().absolute())
    password = read_password(folder, READER)
    if password is not None:
        url = database_url(READER, password, "readmission", settings.ports.postgres)
    elif settings.database.url is not None:
        url = settings.database.url.get_secret_value()
    else:
        raise ConfigurationError("no platform was started here: `make up`, or set READMISSION_DATABASE__URL")
    parts = urlsplit(url)
    environment = {
        **os.environ,
        "PGHOST": parts.hostname or "127.0.0.1",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.removeprefix("/"),
        "PGAPPNAME": "readmission psql",
    }
    asked = [] if statement is None else ["--command", statement, "--no-psqlrc", "--set", "ON_ERROR_STOP=1"]
    return PsqlCall([_find_psql(), *asked], environment)


def _find_psql() -> str:
    installed = shutil.which("psql")
    if installed is not None:
        return installed
    try:
        program = wheel_bin_dir() / "psql"
    except PlatformError:
        program = None
    if program is None or not program.is_file():
        raise PlatformError(
            "psql is not on this machine: apt-get install postgresql-client, or use PostgreSQL's own pod"
        )
    return str(program)
