"""Bring a database to the newest schema, under a lock so that two starts at once are safe."""

from importlib.resources import files
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from readmission.errors import ConfigurationError, UnavailableError

DatabaseName = Literal["pipeline", "serving"]
DATABASE_NAMES: tuple[DatabaseName, ...] = ("pipeline", "serving")
_LOCK_KEY = 7_296_001


def migrate(
    database: DatabaseName, owner_url: SecretStr | None, revision: str = "head"
) -> tuple[str | None, str | None]:
    """Apply the migrations a database lacks; doing it again changes nothing.

    Args:
        database: ``pipeline`` (schemas raw, clean, audit, monitoring) or ``serving``.
        owner_url: libpq URL of the owning role.
        revision: the last one to apply.

    Returns:
        Revision before and after.

    Raises:
        ConfigurationError: the URL is not set, or a newer version made the tables.
        UnavailableError: PostgreSQL does not answer.
    """
    if owner_url is None:
        prefix = "DATABASE" if database == "pipeline" else "SERVING_DATABASE"
        raise ConfigurationError(f"READMISSION_{prefix}__OWNER_URL is not set: migrations run as the owner role")
    config = _configuration(database)
    table = config.attributes["version_table"]
    engine = _engine(owner_url)
    try:
        with engine.connect() as connection:
            # Another start may migrate for minutes; tables are not waited for so long (the role's lock_timeout).
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK_KEY})
            connection.execute(text("RESET lock_timeout"))
            connection.commit()
            config.attributes["connection"] = connection
            before = _revision(connection, table)
            try:
                command.upgrade(config, revision)
            except CommandError as error:
                raise ConfigurationError(
                    f"the {database} tables are of revision {before}, which this version does not know: {error}"
                ) from error
            connection.commit()
            after = _revision(connection, table)
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})
            connection.commit()
    except OperationalError as error:
        raise UnavailableError(f"PostgreSQL does not answer for migrations: {error.orig}") from error
    finally:
        engine.dispose()
    return before, after


def is_behind(database: DatabaseName, owner_url: SecretStr) -> bool:
    """True if an earlier version made the tables; False if they are of this version, or there are none.

    Raises:
        UnavailableError: PostgreSQL does not answer.
    """
    config = _configuration(database)
    engine = _engine(owner_url)
    try:
        with engine.connect() as connection:
            found = _revision(connection, config.attributes["version_table"])
    except OperationalError as error:
        raise UnavailableError(f"PostgreSQL does not answer for migrations: {error.orig}") from error
    finally:
        engine.dispose()
    return found is not None and found != ScriptDirectory.from_config(config).get_current_head()


def _configuration(database: DatabaseName) -> Config:
    folder = files("readmission.storage") / "migrations"
    config = Config()
    # env.py is shared; each database has its own versions and its own version table.
    config.set_main_option("script_location", str(folder))
    config.set_main_option("version_locations", str(folder / database / "versions"))
    config.set_main_option("path_separator", "os")
    config.attributes["version_table"] = f"alembic_version_{database}"
    return config


def _engine(owner_url: SecretStr) -> Engine:
    return create_engine(owner_url.get_secret_value().replace("postgresql://", "postgresql+psycopg://", 1))


def _revision(connection: Connection, table: str) -> str | None:
    if not inspect(connection).has_table(table):
        return None
    row = connection.execute(text(f"SELECT version_num FROM {table}")).first()  # noqa: S608 - a constant name
    return None if row is None else str(row[0])
