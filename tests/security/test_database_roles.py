"""Who may do what to which table: every role, every table of the catalogue, tried on a real PostgreSQL.

Before, pipeline and serving could insert a promotion dated 1999, the owner's password was in Airflow's environment,
and `serving.predictions` could be changed by its owner. A table without a rule here fails the test.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from readmission.contract.promotion import Promotion, RollBack
from readmission.errors import ConflictError
from readmission.local.programs.postgres import PostgresCluster
from readmission.storage.pipeline.promotions import decide_alone, record_promotion, record_roll_back
from readmission.storage.pipeline.tuning_studies import prepare_studies
from readmission.storage.postgres import databases
from readmission.storage.postgres.migrate import migrate
from tests.conftest import RunningPostgres

PIPELINE, SERVING, READER, GATE = "pipeline", "serving", "reader", "gate"
EVERYDAY = (PIPELINE, SERVING, READER, GATE)
CHANGES = ("insert", "update", "delete", "truncate", "alter", "add trigger", "disable trigger", "drop trigger", "drop")


@dataclass(frozen=True)
class Rule:
    """Roles that may read, and that may insert; who inserts into a table that may change also updates and deletes.

    ``facts``: columns only the database fills.
    """

    read: frozenset[str]
    insert: frozenset[str]
    append_only: bool = True
    may: frozenset[str] = frozenset({"insert"})
    facts: frozenset[str] = frozenset()


def kept(read: str, insert: str, *facts: str) -> Rule:
    """An append-only table."""
    return Rule(frozenset(read.split()), frozenset(insert.split()), facts=frozenset(facts))


def changing(read: str, by: str, *may: str) -> Rule:
    """A table that is derived from others, and may be derived again."""
    return Rule(frozenset(read.split()), frozenset(by.split()), append_only=False, may=frozenset(may))


RULES: dict[str, Rule] = {
    "raw.dataset": kept("pipeline reader gate", "pipeline", "recorded_at"),
    "raw.batches": kept("pipeline reader gate", "pipeline", "ingested_at"),
    "raw.encounters": kept("pipeline reader gate", "pipeline"),
    "clean.batches": changing("pipeline reader gate", "pipeline", "insert", "update", "delete"),
    "clean.encounters": changing("pipeline reader gate", "pipeline", "insert", "update", "delete"),
    "clean.quarantine": changing("pipeline reader gate", "pipeline", "insert", "update", "delete"),
    "clean.columns": changing("pipeline reader gate", "pipeline", "insert", "update", "delete"),
    "audit.promotions": kept("pipeline serving reader gate", "gate", "decided_at", "recorded_by"),
    "audit.retrainings": kept("pipeline reader gate", "pipeline", "asked_at"),
    "monitoring.batch_profiles": changing("pipeline reader", "pipeline", "insert", "update", "delete"),
    "monitoring.reports": kept("pipeline reader", "pipeline"),
    "monitoring.drift": kept("pipeline reader", "pipeline"),
    "monitoring.performance": kept("pipeline reader", "pipeline"),
    "serving.predictions": kept("serving pipeline reader", "serving", "stored_at"),
    "serving.feedback": kept("serving pipeline reader", "serving", "created_at"),
    "serving.explanations": kept("serving pipeline reader", "serving", "created_at"),
    "serving.outcomes": kept("serving pipeline reader", "serving", "received_at"),
    "serving.shadow_predictions": kept("serving pipeline reader", "serving", "created_at"),
    "serving.prediction_reads": kept("serving reader", "serving", "recorded_at"),
    "serving.keyed_requests": kept("serving reader", "serving", "received_at"),
    "serving.keyed_batch_rows": kept("serving reader", "serving"),
    "public.alembic_version_pipeline": changing("", ""),
    "public.alembic_version_serving": changing("", ""),
}
"""A rule for every table; Optuna's own, whose names are its, share one."""

TUNING = changing("pipeline reader", "pipeline", "insert", "update")
TABLES = (
    "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = ANY(%s) AND n.nspname !~ '^(pg_|information_schema)' ORDER BY 1"
)


@pytest.fixture(scope="module")
def migrated(postgres_server: RunningPostgres) -> RunningPostgres:
    """A fresh database with every table, Optuna's among them."""
    with psycopg.connect(postgres_server.superuser_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS readmission WITH (FORCE)")
    databases.create_roles_and_databases(postgres_server.superuser_url, postgres_server.passwords)
    migrator = postgres_server.url("readmission_migrator")
    migrate("pipeline", migrator)
    migrate("serving", migrator)
    prepare_studies(migrator)
    return postgres_server


def connect(server: RunningPostgres, role: str) -> psycopg.Connection:
    return psycopg.connect(server.url(f"readmission_{role}").get_secret_value())


@pytest.fixture(params=EVERYDAY)
def everyday(request: pytest.FixtureRequest, migrated: RunningPostgres) -> Iterator[tuple[str, psycopg.Connection]]:
    """Each role that some part or step has every day, connected."""
    with connect(migrated, request.param) as connection:
        yield request.param, connection
        connection.rollback()


def tables(server: RunningPostgres, kinds: str = "rp") -> list[str]:
    with connect(server, "reader") as connection:
        return [row[0] for row in connection.execute(TABLES, (list(kinds),))]


def rule_of(table: str) -> Rule:
    return TUNING if table.startswith("tuning.") else RULES[table]


def statement(change: str, table: str) -> sql.Composed:
    name = sql.Identifier(*table.split("."))
    return {
        # EXPLAIN asks for the right and stops before the row, whose values are another matter.
        "insert": sql.SQL("EXPLAIN INSERT INTO {} DEFAULT VALUES"),
        "select": sql.SQL("SELECT * FROM {} LIMIT 1"),
        "delete": sql.SQL("EXPLAIN DELETE FROM {}"),
        "truncate": sql.SQL("TRUNCATE {} CASCADE"),
        "alter": sql.SQL("ALTER TABLE {} ADD COLUMN more text"),
        "drop trigger": sql.SQL("DROP TRIGGER append_only ON {}"),
        "add trigger": sql.SQL(
            "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        ),
        "disable trigger": sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL"),
        "drop": sql.SQL("DROP TABLE {} CASCADE"),
    }[change].format(name)


def update_of(connection: psycopg.Connection, table: str) -> sql.Composed:
    """EXPLAIN UPDATE of a column that may be assigned at all."""
    column = connection.execute(
        "SELECT attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE relnamespace::regnamespace || '.' || relname = %s AND attnum > 0 AND NOT attisdropped"
        " AND attidentity <> 'a' LIMIT 1",
        (table,),
    ).fetchone()
    assert column is not None
    return sql.SQL("EXPLAIN UPDATE {} SET {} = DEFAULT").format(
        sql.Identifier(*table.split(".")), sql.Identifier(column[0])
    )


def allowed(connection: psycopg.Connection, command: sql.Composed) -> bool:
    """True if the role has the right; what it would do is undone."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(command)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState):
        return False  # the latter: a view that takes no rows from anybody
    return True


# -- rights ---------------------------------------------------------------------------------------------------------


def test_every_table_has_a_rule_and_every_rule_a_table(migrated: RunningPostgres) -> None:
    found = {table for table in tables(migrated) if not table.startswith("tuning.")}
    assert found - set(RULES) == set(), (
        "write a rule in RULES, and protect() it in its migration if rows may only be added"
    )
    assert set(RULES) - found == set()


def test_each_role_may_do_to_each_table_what_its_rule_says(
    everyday: tuple[str, psycopg.Connection], migrated: RunningPostgres
) -> None:
    role, connection = everyday
    wrong = []
    for table, change in product(tables(migrated), ("select", *CHANGES)):
        rule = rule_of(table)
        if change == "drop trigger" and not rule.append_only:
            continue
        command = update_of(connection, table) if change == "update" else statement(change, table)
        expected = role in rule.read if change == "select" else role in rule.insert and change in rule.may
        if allowed(connection, command) != expected:
            wrong.append(f"{role} {'may not' if expected else 'may'} {change} {table}")
    assert wrong == []


def test_nobody_writes_through_a_view_or_makes_anything(
    everyday: tuple[str, psycopg.Connection], migrated: RunningPostgres
) -> None:
    role, connection = everyday
    views = tables(migrated, "vm")
    assert "clean.train" in views
    for view in views:
        for change in ("insert", "delete"):
            assert not allowed(connection, statement(change, view)), (role, change, view)
    for schema in ("public", "raw", "clean", "audit", "monitoring", "tuning", "serving"):
        assert not allowed(connection, sql.SQL("CREATE TABLE {}.mine (x int)").format(sql.Identifier(schema)))
        assert not allowed(
            connection,
            sql.SQL("CREATE FUNCTION {}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'").format(sql.Identifier(schema)),
        )
    assert not allowed(connection, sql.Composed([sql.SQL("CREATE SCHEMA mine")]))
    assert not allowed(connection, sql.Composed([sql.SQL("CREATE ROLE mine")]))
    assert not allowed(connection, sql.Composed([sql.SQL("SET ROLE readmission_migrator")]))
    assert not allowed(connection, sql.Composed([sql.SQL("SET session_replication_role = replica")]))
    temporary = allowed(connection, sql.Composed([sql.SQL("CREATE TEMPORARY TABLE mine (x int)")]))
    assert temporary == (role == PIPELINE), role


def test_no_role_is_a_member_of_another_or_owns_what_it_uses(migrated: RunningPostgres) -> None:
    with psycopg.connect(migrated.superuser_url) as connection:
        members = connection.execute(
            "SELECT m.member::regrole::text, m.roleid::regrole::text FROM pg_auth_members m"
            " WHERE m.member::regrole::text = ANY(%s)",
            (list(databases.ROLES),),
        ).fetchall()
        powers = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
            " AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)",
            (list(databases.ROLES),),
        ).fetchall()
    assert members == [("readmission_reader", "pg_read_all_stats")]
    assert powers == []
    url = migrated.url("readmission_migrator").get_secret_value()
    with psycopg.connect(url) as connection:
        owners = connection.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname !~ '^(pg_|information_schema)' UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace"
            " WHERE nspname !~ '^(pg_|information_schema|public)'"
        ).fetchall()
    assert owners == [("readmission_migrator",)]


@pytest.mark.parametrize("role", ["mlflow", "airflow"])
def test_roles_of_other_programs_do_not_come_in(migrated: RunningPostgres, role: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(migrated.url(role).get_secret_value())


# -- append-only, for the owner too -----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [table for table, rule in RULES.items() if rule.append_only])
def test_the_owner_and_the_superuser_change_nothing_either(migrated: RunningPostgres, table: str) -> None:
    superuser = migrated.superuser_url.removesuffix("/postgres") + "/readmission"
    for url in (migrated.url("readmission_migrator").get_secret_value(), superuser):
        with psycopg.connect(url) as connection:
            commands: dict[str, sql.SQL | sql.Composed] = {
                "update": sql.SQL(update_of(connection, table).as_string().removeprefix("EXPLAIN ")),
                "delete": sql.SQL("DELETE FROM {}").format(sql.Identifier(*table.split("."))),
                "truncate": statement("truncate", table),
            }
            for change, command in commands.items():
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                    connection.execute(command)
                connection.rollback()
                assert change


def test_only_the_database_fills_what_only_it_knows(migrated: RunningPostgres) -> None:
    """Whoever may insert, the owner too: a time or a role of one's own making is refused before anything else."""
    for table, column in sorted((table, column) for table, rule in RULES.items() for column in rule.facts):
        value = "'me'" if column == "recorded_by" else "'1999-12-31'"
        for role in (*RULES[table].insert, "migrator"):
            with connect(migrated, role) as connection:
                command = f"INSERT INTO {table} ({column}) VALUES ({value})"
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"{column}.* set by the database"):
                    connection.execute(command)


def test_every_time_of_an_append_only_table_is_the_databases_or_explained(migrated: RunningPostgres) -> None:
    explained = {
        "serving.predictions.created_at",  # when the answer was given: it may wait in the journal. stored_at is ours
        "serving.prediction_reads.read_at",  # the same
        "monitoring.reports.made_at",  # a simulation's reports keep their times; `live` ones are dated by the database
        "monitoring.performance.made_at",
        "monitoring.performance.window_start",
        "monitoring.performance.window_end",
    }
    with connect(migrated, "reader") as connection:
        found = connection.execute(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE atttypid = 'timestamptz'::regtype"
            " AND attrelid::regclass::text = ANY(%s) AND NOT attisdropped",
            ([table for table, rule in RULES.items() if rule.append_only],),
        ).fetchall()
    facts = {f"{table}.{column}" for table, rule in RULES.items() for column in rule.facts}
    assert {f"{table}.{column}" for table, column in found} - facts == explained


def test_a_live_report_is_dated_by_the_database(migrated: RunningPostgres) -> None:
    insert = (
        "INSERT INTO monitoring.reports"
        " (origin, made_at, model_version, subject, source, rows, drifted, columns_drifted)"
        " VALUES (%s, '1999-12-31', '1', 'batch', 'train/0', 1, false, 0)"
    )
    with connect(migrated, PIPELINE) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="made_at is set by the database"):
            connection.execute(insert, ("live",))
        connection.rollback()
        connection.execute(insert, ("simulation",))
        connection.rollback()


# -- what went live ---------------------------------------------------------------------------------------------------


def decision(live: str, kind: str = "promoted", **changes: object) -> Promotion:
    values = {
        "model_name": "readmission", "decision": kind, "challenger_version": live, "champion_version": None,
        "live_version": live, "reason": "better", "actor": "test", "evidence": {"auc": 0.67},
        "dataset_kind": "synthetic", "dataset_sha256": "0" * 64, "code_commit": "abc",
    }  # fmt: skip
    return Promotion.model_validate(values | changes)


def to_version(version: str, **changes: Any) -> RollBack:
    said = RollBack("readmission", version, "test", "better", {"auc": 0.67}, "abc")
    return replace(said, **changes)


@pytest.fixture
def promoted(empty_database: RunningPostgres) -> RunningPostgres:
    """Versions 1 and 2 were promoted, 3 was refused; 2 is live."""
    with connect(empty_database, GATE) as connection:
        for each in (
            decision("1"),
            decision("2", dataset_sha256="2" * 64),
            decision("2", "refused", challenger_version="3"),
        ):
            record_promotion(connection, each)
    return empty_database


@pytest.mark.parametrize("role", [PIPELINE, SERVING, READER])
def test_just_the_gate_records_promotions(promoted: RunningPostgres, role: str) -> None:
    with connect(promoted, role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        record_promotion(connection, decision("3"))


@pytest.mark.parametrize("role", [SERVING, GATE])
def test_a_roll_back_is_recorded_with_what_the_version_was_promoted_with(promoted: RunningPostgres, role: str) -> None:
    asked = to_version("1", reason="worse", actor="ward", code_commit="def")
    with connect(promoted, role) as connection:
        number = record_roll_back(connection, asked)
    with connect(promoted, "reader") as connection:
        row = connection.execute(
            "SELECT decision, challenger_version, champion_version, live_version, reason, actor, dataset_sha256,"
            " code_commit, recorded_by, evidence, now() - decided_at < interval '1 minute'"
            " FROM audit.promotions WHERE promotion_id = %s",
            (number,),
        ).fetchone()
        assert connection.execute("SELECT max(promotion_id), count(*) FROM audit.promotions").fetchone() == (number, 4)
    assert row == (
        "rolled_back", "1", "2", "1", "worse", "ward", "0" * 64, "def", f"readmission_{role}",
        {"auc": 0.67, "promoted_by": 1}, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (to_version("3"), "version 3 was never promoted"),
        (to_version("99"), "version 99 was never promoted"),
        (to_version("2"), "version 2 is live already"),
        (to_version("1", model_name="another"), "version 1 was never promoted"),
        (to_version("1", actor=" "), "who asked"),
        (to_version("1", reason=""), "and why"),
    ],
)
def test_serving_goes_back_to_promoted_versions_only(promoted: RunningPostgres, asked: RollBack, said: str) -> None:
    with connect(promoted, SERVING) as connection, pytest.raises(ConflictError, match=said):
        record_roll_back(connection, asked)


def test_a_version_signed_again_goes_live_by_its_roll_back(promoted: RunningPostgres) -> None:
    again = {"statement": "s", "signature": "x", "signing_key": "k"}
    with connect(promoted, GATE) as connection:
        record_promotion(connection, decision("2", "signed", challenger_version="1", **again))
    with connect(promoted, SERVING) as connection:
        number = record_roll_back(connection, to_version("1"))
        row = connection.execute(
            "SELECT live_version, champion_version, statement, signature, signing_key FROM audit.promotions"
            " WHERE promotion_id = %s",
            (number,),
        ).fetchone()
    assert row == ("1", "2", "s", "x", "k")


@pytest.mark.parametrize("role", [PIPELINE, READER])
def test_others_record_no_roll_back(promoted: RunningPostgres, role: str) -> None:
    with connect(promoted, role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        record_roll_back(connection, to_version("1"))


def test_the_roll_backs_function_looks_nowhere_else(promoted: RunningPostgres) -> None:
    with connect(promoted, GATE) as connection:
        found = connection.execute(
            "SELECT oid::regprocedure::text, proconfig, prosecdef FROM pg_proc"
            " WHERE prosecdef AND pronamespace::regnamespace::text !~ '^(pg_|information_schema)'"
        ).fetchall()
    assert found == [
        ("audit.record_roll_back(text,text,text,text,jsonb,text)", ["search_path=pg_catalog, pg_temp"], True)
    ]


def test_a_first_promotion_cannot_be_dated(promoted: RunningPostgres) -> None:
    with connect(promoted, GATE) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege, match="decided_at"):
        connection.execute(
            "INSERT INTO audit.promotions (decided_at, model_name, decision, live_version, reason, actor, evidence,"
            " dataset_kind, dataset_sha256, code_commit)"
            " VALUES ('1999-12-31', 'readmission', 'promoted', '3', 'x', 'x', %s, 'uci', 'x', 'x')",
            (Jsonb({}),),
        )


# -- limits ---------------------------------------------------------------------------------------------------------


def test_limits_fit_the_server_and_are_those_of_the_roles(migrated: RunningPostgres) -> None:
    assert set(databases.LIMITS) == set(databases.ROLES)
    assert sum(limits.connections for limits in databases.LIMITS.values()) <= databases.MAX_CONNECTIONS - 3
    for role in ("migrator", *EVERYDAY):
        limits = databases.LIMITS[f"readmission_{role}"]
        with connect(migrated, role) as connection:
            cap = connection.execute("SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user").fetchone()
            shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in limits.settings}
            reserved = connection.execute("SHOW superuser_reserved_connections").fetchone()
        assert cap == (limits.connections,)
        assert reserved == ("3",)
        assert shown == {name: ("1min" if value == "60s" else value,) for name, value in limits.settings.items()}


def test_a_role_at_its_cap_leaves_the_others_theirs(migrated: RunningPostgres) -> None:
    cap = databases.LIMITS["readmission_gate"].connections
    held = [connect(migrated, GATE) for _ in range(cap)]
    try:
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            connect(migrated, GATE)
        connect(migrated, SERVING).close()
    finally:
        for connection in held:
            connection.close()


def test_an_operators_cap_counts(migrated: RunningPostgres) -> None:
    try:
        databases.create_roles_and_databases(migrated.superuser_url, migrated.passwords, {"readmission_serving": 120})
        with connect(migrated, SERVING) as connection:
            query = "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user"
            assert connection.execute(query).fetchone() == (120,)
    finally:
        databases.create_roles_and_databases(migrated.superuser_url, migrated.passwords)


def test_a_long_decision_is_not_an_idle_transaction(migrated: RunningPostgres) -> None:
    with connect(migrated, GATE) as connection, decide_alone(connection):
        assert connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE


def test_postgresql_takes_as_many_connections_in_all_modes() -> None:
    deploy = Path(__file__).resolve().parents[2] / "deploy"
    wanted = f"[-c, max_connections={databases.MAX_CONNECTIONS}]"
    for file in ("compose/compose.yaml", "kubernetes/components/postgres/postgres.yaml"):
        assert wanted in (deploy / file).read_text(), file
    command = PostgresCluster(Path("/data"), Path("/bin"), None).server_command(5433)
    assert f"max_connections={databases.MAX_CONNECTIONS}" in command
