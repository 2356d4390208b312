"""docs/reference/database-roles.md: PostgreSQL's roles, what each may use, and the SQL for a server elsewhere."""

from readmission.storage.postgres.databases import (
    DATABASES,
    LIMITS,
    MAX_CONNECTIONS,
    MAY_CONNECT,
    MAY_MAKE_TEMPORARY_TABLES,
    ROLES,
)

PURPOSE = {
    "readmission_migrator": "owns schemas and tables; `create-tables` and `create-stores` alone log in as it",
    "readmission_pipeline": "the pipeline's steps: adds raw rows, derives clean ones, records what the monitor found",
    "readmission_serving": "the inference service: adds predictions and what is said of them; records a roll-back to a"
    " version that was promoted before",
    "readmission_gate": "`promote` and `rollback` alone: adds what goes live to `audit.promotions`",
    "readmission_reader": "exporters and people: reads everything",
    "mlflow": "MLflow's own databases",
    "airflow": "Airflow's own database",
}

_TEXT = """
# PostgreSQL's roles

`readmission up` and `readmission create-stores` make them as the superuser, at each start, with the passwords they
were given. Which role may do what to which table is granted by the migrations and tried, table by table, in
`tests/security/test_database_roles.py`. How to change a password: [how-to](../how-to/rotate-database-passwords.md).

Rows of `raw`, `audit`, `serving` and the monitor's reports are append-only: triggers refuse UPDATE, DELETE and
TRUNCATE to every role, the owner included, and refuse inserts that name the time or the role themselves. Only the
owner can take a trigger off.

{table}

Times are per session and can be set otherwise within one. `0` is no limit. Connections are a cap: together they fit
`max_connections = {connections}`, three of which are the superuser's. An inference worker opens up to 11; for more
than seven workers raise the cap (`READMISSION_ROLE_CONNECTIONS={{"readmission_serving": 200}}`) and
`max_connections` with it.

## On a server elsewhere

Where `create-stores` has no superuser's URL, somebody who may create roles and databases runs this once, with
passwords of their own:

```sql
{statements}
```

From a version before decision 29: `ALTER ROLE readmission_owner RENAME TO readmission_migrator` first, then the
rest of what is missing.
"""


def statements() -> list[str]:
    """SQL that makes the roles and databases."""
    made = []
    for role in ROLES:
        made.append(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT {LIMITS[role].connections} PASSWORD '...';")
        made += [f"ALTER ROLE {role} SET {name} = '{value}';" for name, value in LIMITS[role].settings.items()]
    made.append("GRANT pg_read_all_stats TO readmission_reader;  -- for the exporter of PostgreSQL's own figures")
    for database, owner in DATABASES.items():
        made.append(f"CREATE DATABASE {database} OWNER {owner};")
        made.append(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;")
        for role in MAY_CONNECT.get(database, ()):
            also = ", TEMPORARY" if role in MAY_MAKE_TEMPORARY_TABLES else ""
            made.append(f"GRANT CONNECT{also} ON DATABASE {database} TO {role};")
    return made


def render() -> str:
    """The page."""
    rows = [
        "| role | for | connections | statement | wait for a lock | idle in a transaction |",
        "|---|---|---|---|---|---|",
    ]
    for role in ROLES:
        limits = LIMITS[role]
        rows.append(
            f"| `{role}` | {PURPOSE[role]} | {limits.connections} | {limits.statement} | {limits.lock}"
            f" | {limits.idle_in_transaction} |"
        )
    return _TEXT.format(table="\n".join(rows), statements="\n".join(statements()), connections=MAX_CONNECTIONS)
