"""Roles and databases inside a PostgreSQL cluster: least privilege, made once, checked each start."""

from collections.abc import Mapping

import psycopg
from psycopg import sql

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
    "mlflow_auth": "mlflow",  # its users, where it asks for a login: apart, since both keep tables of their own choice
    "airflow": "airflow",
}
"""Database name to owning role. Schemas and grants inside ``readmission`` come from the migrations."""

_MAY_CONNECT = {
    "readmission": ("readmission_pipeline", "readmission_serving", "readmission_reader", "readmission_gate")
}


def create_roles_and_databases(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Make what is missing and set every role's password; repeating it is safe.

    Args:
        superuser_url: libpq URL of the superuser.
        passwords: role name to password, one for each of :data:`ROLES`.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        _rename_former_owner(connection)
        for role in ROLES:
            if not _exists(connection, role):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(passwords[role])
                )
            )
        # The exporter of PostgreSQL's own figures runs as the reader: sizes and connections of all databases.
        connection.execute("GRANT pg_read_all_stats TO readmission_reader")
        for database, owner in DATABASES.items():
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(owner))
                )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
            for role in _MAY_CONNECT.get(database, ()):
                connection.execute(
                    sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                        sql.Identifier(database), sql.Identifier(role)
                    )
                )


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
