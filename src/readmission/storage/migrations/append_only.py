"""What makes a table append-only, for every role, its owner included: PostgreSQL refuses change and invented times.

A migration that adds such a table calls :func:`protect`. Only the owner (``readmission_migrator``) can take the
triggers off again, and no long-running part is it (decision 29).
"""

from alembic import op


def create_functions(schema: str) -> None:
    """Make what the triggers of a schema call."""
    refuse = "USING ERRCODE = 'insufficient_privilege'"
    for name, said in (
        ("refuse_row_change", f"'%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME {refuse}"),
        ("refuse_given_fact", f"'%.%: % set by the database', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0] {refuse}"),
    ):
        op.execute(f"""
            CREATE FUNCTION {schema}.{name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION {said}; END $$""")


def protect(table: str, **facts: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE of a table, and inserts that say a fact only the database knows.

    Args:
        table: with its schema, which :func:`create_functions` was called for.
        facts: column to the expression it always has in a new row, which becomes its default: ``made_at="now()"``.
            The expression may not change within a transaction. It costs inserts next to nothing: the trigger's
            function is called for wrong rows only.
    """
    schema, _ = table.split(".")
    op.execute(f"""
        CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_row_change()""")
    if not facts:
        return
    for column, expression in facts.items():
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {expression}")
    given = " OR ".join(f"NEW.{column} IS DISTINCT FROM {expression}" for column, expression in facts.items())
    said = f"{' and '.join(facts)} {'is' if len(facts) == 1 else 'are'}"
    op.execute(f"""
        CREATE OR REPLACE TRIGGER database_facts BEFORE INSERT ON {table}
        FOR EACH ROW WHEN ({given}) EXECUTE FUNCTION {schema}.refuse_given_fact('{said}')""")
