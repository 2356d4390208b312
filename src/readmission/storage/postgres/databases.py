"""Roles and databases inside a PostgreSQL cluster: least privilege, made once, checked each start."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql
from pydantic import SecretStr

from readmission.storage.postgres.connection import connect

ROLES: tuple[str, ...] = (
    "readmission_migrator",
    "readmission_pipeline",
    "readmission_serving",
    "readmission_reader",
    "readmission_gate",
    "mlflow",
    "airflow",
)
"""Decision 29 says what each may do; the migrations grant it."""

FORMER_OWNER = "readmission_owner"
"""Owner before decision 29. Its password was in Airflow's environment; it is renamed, so that all it owns stays."""

DATABASES: dict[str, str] = {
    "readmission": "readmission_migrator",
    "mlflow": "mlflow",
    "mlflow_auth": "mlflow",  # its users, if it asks for a login: apart, since both keep tables of their own choice
    "airflow": "airflow",
}
"""Database name to owning role. Schemas and grants inside ``readmission`` come from the migrations."""

MAY_CONNECT = {"readmission": ("readmission_pipeline", "readmission_serving", "readmission_reader", "readmission_gate")}
"""Roles that may enter a database they do not own."""

MAY_MAKE_TEMPORARY_TABLES = ("readmission_pipeline",)
"""Those of them that copy rows into a table of their own first."""

MAX_CONNECTIONS = 200
"""Connections PostgreSQL takes in all three modes; three of them are the superuser's."""


@dataclass(frozen=True, slots=True)
class RoleLimits:
    """What one role may use, so that none starves the others or holds a lock for ever.

    ``connections`` is a cap. Times are PostgreSQL's (``0`` is no limit): of one statement, of waiting for a lock, of
    doing nothing inside a transaction.
    """

    connections: int
    statement: str
    lock: str
    idle_in_transaction: str

    @property
    def settings(self) -> dict[str, str]:
        """The times as settings of the role; a session may ask for others."""
        return {
            "statement_timeout": self.statement,
            "lock_timeout": self.lock,
            "idle_in_transaction_session_timeout": self.idle_in_transaction,
        }


LIMITS: dict[str, RoleLimits] = {
    # A migration that waits for a table blocks everybody behind it: it gives up soon, and runs again.
    "readmission_migrator": RoleLimits(4, statement="0", lock="10s", idle_in_transaction="5min"),
    # Steps compute inside a transaction: parsing a batch, judging columns.
    "readmission_pipeline": RoleLimits(24, statement="15min", lock="5min", idle_in_transaction="10min"),
    # Up to 20 connections a worker. Its callers give up after 5 s; the monitor reads with it too.
    "readmission_serving": RoleLimits(80, statement="60s", lock="30s", idle_in_transaction="60s"),
    "readmission_gate": RoleLimits(4, statement="15min", lock="10min", idle_in_transaction="5min"),
    "readmission_reader": RoleLimits(10, statement="60s", lock="10s", idle_in_transaction="60s"),
    # Their own programs know how long their statements take, migrations among them.
    "mlflow": RoleLimits(25, statement="0", lock="0", idle_in_transaction="10min"),
    "airflow": RoleLimits(50, statement="0", lock="0", idle_in_transaction="10min"),
}
"""Sized for two cores; together they fit :data:`MAX_CONNECTIONS`. ``READMISSION_ROLE_CONNECTIONS`` changes a cap."""


def create_roles_and_databases(
    superuser_url: str, passwords: Mapping[str, str], connections: Mapping[str, int] | None = None
) -> None:
    """Make what is missing and set every role's password and limits; repeating it is safe.

    Args:
        superuser_url: libpq URL of the superuser.
        passwords: role name to password, one for each of :data:`ROLES`.
        connections: role name to most connections, where another number than that of :data:`LIMITS` is wanted.

    Raises:
        UnavailableError: PostgreSQL does not answer, or does not let its superuser in.
    """
    setting = "READMISSION_DATABASE__SUPERUSER_URL"
    with connect(SecretStr(superuser_url), setting, autocommit=True) as connection:
        _rename_former_owner(connection)
        for role in ROLES:
            if not _exists(connection, role):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            limits = LIMITS[role]
            cap = (connections or {}).get(role, limits.connections)
            connection.execute(
                sql.SQL(
                    "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION"
                    " CONNECTION LIMIT {} PASSWORD {}"
                ).format(sql.Identifier(role), sql.Literal(cap), sql.Literal(passwords[role]))
            )
            for name, value in limits.settings.items():
                set_for_role(connection, role, name, value)
        # The exporter of PostgreSQL's own figures runs as the reader: sizes and connections of all databases.
        connection.execute("GRANT pg_read_all_stats TO readmission_reader")
        for database, owner in DATABASES.items():
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(owner))
                )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
            for role in MAY_CONNECT.get(database, ()):
                names = sql.Identifier(database), sql.Identifier(role)
                connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(*names))
                temporary = "GRANT TEMPORARY ON DATABASE {} TO {}"
                if role not in MAY_MAKE_TEMPORARY_TABLES:
                    temporary = "REVOKE TEMPORARY ON DATABASE {} FROM {}"
                connection.execute(sql.SQL(temporary).format(*names))


def set_for_role(connection: psycopg.Connection, role: str, name: str, value: str) -> None:
    """Give a role a setting of PostgreSQL for its next sessions; it takes precedence over the server's command line."""
    names = sql.Identifier(role), sql.Identifier(name)
    connection.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(*names, sql.Literal(value)))


def _rename_former_owner(connection: psycopg.Connection) -> None:
    """Rename the owner of an earlier version; where both exist (a way back was tried), lock the old one out."""
    if not _exists(connection, FORMER_OWNER):
        return
    former = sql.Identifier(FORMER_OWNER)
    if _exists(connection, "readmission_migrator"):
        connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(former))
    else:
        connection.execute(sql.SQL("ALTER ROLE {} RENAME TO readmission_migrator").format(former))


def _exists(connection: psycopg.Connection, role: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None


def database_url(role: str, password: str, database: str, port: int, host: str = "127.0.0.1") -> str:
    """libpq URL of a role in a database; passwords are URL-safe by construction."""
    return f"postgresql://{role}:{password}@{host}:{port}/{database}"
