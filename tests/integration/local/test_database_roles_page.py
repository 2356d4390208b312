"""The SQL of docs/reference/database-roles.md, run on a real server, makes what `create-stores` makes."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from readmission.storage.postgres import databases
from scripts.reference.database_roles import PURPOSE, statements
from tests.conftest import RunningPostgres, run_postgres

ROLES = (
    "SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolconnlimit,"
    " rolpassword IS NOT NULL, rolconfig FROM pg_roles WHERE rolname = ANY(%s) ORDER BY 1"
)
DATABASES = (
    "SELECT datname, pg_get_userbyid(datdba), (SELECT array_agg(acl::text ORDER BY acl::text) FROM unnest(datacl) acl)"
    " FROM pg_database WHERE datname = ANY(%s) ORDER BY 1"
)
MEMBERS = (
    "SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members WHERE member::regrole::text = ANY(%s)"
)


def made(server: RunningPostgres) -> list[Any]:
    roles, names = list(databases.ROLES), list(databases.DATABASES)
    with psycopg.connect(server.superuser_url) as connection:
        return [
            connection.execute(query, (given,)).fetchall()
            for query, given in ((ROLES, roles), (DATABASES, names), (MEMBERS, roles))
        ]


def test_the_page_makes_what_the_command_makes(tmp_path: Path) -> None:
    with run_postgres(tmp_path / "state") as server:
        by_command = made(server)
        with psycopg.connect(server.superuser_url, autocommit=True) as connection:
            for database in databases.DATABASES:
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(database)))
            for role in databases.ROLES:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
            for statement in statements():
                connection.execute(statement.encode())
        assert made(server) == by_command
    assert set(PURPOSE) == set(databases.ROLES)
