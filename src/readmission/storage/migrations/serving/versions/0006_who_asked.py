"""Who asked: the caller of every record, who read which prediction when, and idempotency by caller.

Revision ID: 0006_who_asked
"""

from alembic import op

revision = "0006_who_asked"
down_revision = "0005_shadow_predictions"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("prediction_reads", "keyed_requests", "keyed_batch_rows")


def upgrade() -> None:
    """Rows that are there already keep an empty ``asked_by``: nobody knows who asked."""
    for table in ("predictions", "feedback", "outcomes", "explanations"):
        op.execute(f"ALTER TABLE serving.{table} ADD COLUMN asked_by text")
    op.execute("ALTER TABLE serving.predictions DROP CONSTRAINT predictions_idempotency_key_key")
    op.execute("""
        CREATE UNIQUE INDEX predictions_by_idempotency_key ON serving.predictions (asked_by, idempotency_key)
        WHERE idempotency_key IS NOT NULL""")
    # No foreign key: what was read may still be in the journal. read_at is when it was read, which a service's clock
    # says where PostgreSQL was away; recorded_at is when it came here.
    op.execute("""
        CREATE TABLE serving.prediction_reads (
            read_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            prediction_id uuid NOT NULL,
            asked_by text NOT NULL,
            what text NOT NULL CHECK (what IN ('prediction', 'explanation', 'feedback')),
            read_at timestamptz NOT NULL DEFAULT now(),
            request_id text,
            recorded_at timestamptz NOT NULL DEFAULT now()
        )""")
    op.execute("CREATE INDEX prediction_reads_by_prediction ON serving.prediction_reads (prediction_id)")
    op.execute("CREATE INDEX prediction_reads_by_caller ON serving.prediction_reads (asked_by, read_at)")
    op.execute("""
        CREATE TABLE serving.keyed_requests (
            keyed_request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            asked_by text NOT NULL,
            operation text NOT NULL CHECK (operation IN ('predict_batch', 'feedback', 'outcomes')),
            idempotency_key text NOT NULL,
            content_sha256 text NOT NULL CHECK (length(content_sha256) = 64),
            received_at timestamptz NOT NULL DEFAULT now(),
            answer jsonb,
            UNIQUE (asked_by, operation, idempotency_key)
        )""")
    op.execute("""
        CREATE TABLE serving.keyed_batch_rows (
            keyed_request_id bigint NOT NULL REFERENCES serving.keyed_requests,
            row integer NOT NULL CHECK (row > 0),
            prediction_id uuid NOT NULL REFERENCES serving.predictions,
            PRIMARY KEY (keyed_request_id, row)
        )""")
    op.execute("""
        CREATE FUNCTION serving.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'serving.% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END $$""")
    for table in _APPEND_ONLY:
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON serving.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION serving.refuse_change()""")
        op.execute(f"GRANT SELECT, INSERT ON serving.{table} TO readmission_serving")
        op.execute(f"GRANT SELECT ON serving.{table} TO readmission_reader")


def downgrade() -> None:
    """There is no way back: the tables hold the user's data."""
    raise RuntimeError("refused: going back would drop the tables that hold your data")
