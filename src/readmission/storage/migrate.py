"""Bring a database to the newest schema, under a lock so that two starts at once are safe."""

from importlib.resources import files
from typing import Literal

from alembic import command
from alembic.config import Config
from pydantic import SecretStr
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from readmission.errors import ConfigurationError, UnavailableError

DatabaseName = Literal["pipeline", "serving"]
_LOCK_KEY = 7_296_001


def migrate(database: DatabaseName, owner_url: SecretStr | None) -> tuple[str | None, str | None]:
    """Apply the migrations a database lacks; doing it again changes nothing.

    Args:
        database: ``pipeline`` (schemas raw, clean, audit, monitoring) or ``serving``.
        owner_url: libpq URL of the owning role.

    Returns:
        Revision before and after.

    Raises:
        ConfigurationError: the URL is not set.
        UnavailableError: PostgreSQL does not answer.
    """
    if owner_url is None:
        prefix = "DATABASE" if database == "pipeline" else "SERVING_DATABASE"
        raise ConfigurationError(f"READMISSION_{prefix}__OWNER_URL is not set: migrations run as the owner role")
    url = owner_url.get_secret_value().replace("postgresql://", "postgresql+psycopg://", 1)
    folder = files("readmission.storage") / "migrations"
    config = Config()
    # env.py is shared; each database has its own versions and its own version table.
    config.set_main_option("script_location", str(folder))
    config.set_main_option("version_locations", str(folder / database / "versions"))
    config.set_main_option("path_separator", "os")
    table = f"alembic_version_{database}"
    config.attributes["version_table"] = table
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK_KEY})
            connection.commit()
            config.attributes["connection"] = connection
            before = _revision(connection, table)
            command.upgrade(config, "head")
            connection.commit()
            after = _revision(connection, table)
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})
            connection.commit()
    except OperationalError as error:
        raise UnavailableError(f"PostgreSQL does not answer for migrations: {error.orig}") from error
    finally:
        engine.dispose()
    return before, after


def _revision(connection: Connection, table: str) -> str | None:
    if not inspect(connection).has_table(table):
        return None
    row = connection.execute(text(f"SELECT version_num FROM {table}")).first()  # noqa: S608 - a constant name
    return None if row is None else str(row[0])
